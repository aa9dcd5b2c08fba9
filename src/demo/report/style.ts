/** The report's own style: one column on a phone, tables that scroll inside themselves, light and dark. */
export const reportStyle = `
:root{--ink:#1f2933;--soft:#5b6875;--line:#dfe3e8;--paper:#fff;--ground:#f4f5f2;--accent:#2f6f6d}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a6b0ba;--line:#38414a;--paper:#1c2227;--ground:#14181c;--accent:#7cc4c0}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
header,main,footer{max-width:1120px;margin:0 auto;padding:0 20px}
header{padding-top:36px}h1{font-size:30px;line-height:1.2;margin:0 0 6px}h2{font-size:19px;margin:0 0 12px}
.kicker{color:var(--accent);font-weight:600;margin:0}header p{color:var(--soft);max-width:75ch}
nav{display:flex;flex-wrap:wrap;gap:16px;margin:14px 0 22px}a{color:var(--accent)}
section{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:20px;margin-bottom:18px}
.cards{list-style:none;display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;padding:0;margin:0 0 18px}
.cards li{border-left:5px solid var(--step);padding:4px 12px}.cards b{display:block;font-size:30px;line-height:1.1}
.cards span,.cards small{display:block}small{color:var(--soft);font-size:12px}
figure{margin:0}svg{width:100%;height:auto;font:12px system-ui,sans-serif}svg text{fill:var(--soft)}
.grid line{stroke:var(--line)}.absences{fill:var(--soft);opacity:.16}
figcaption{display:flex;flex-wrap:wrap;gap:6px 18px;font-size:13px}
.key::before{content:"";display:inline-block;width:11px;height:11px;border-radius:2px;background:var(--step);margin-right:6px}
.key.area{--step:var(--line)}
.scroll{overflow:auto;max-height:520px}table{border-collapse:collapse;width:100%;font-size:14px}
th{position:sticky;top:0;background:var(--paper);text-align:left;color:var(--soft);font-weight:600}
th,td{padding:7px 12px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}
code{font:12px ui-monospace,SFMono-Regular,Menlo,monospace;overflow-wrap:anywhere}
.state{font-weight:600}.sent,.posted,.delivered{color:var(--accent)}.cancelled,.withdrawn{color:var(--soft);text-decoration:line-through}
.uncertain,.rejected,.held,.gathering{color:#b4572a}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:24px}
footer{padding:6px 20px 40px;color:var(--soft)}`;
