import { buildDistrict } from '/work/main/src/demo/district/build-district.ts';
import { naiveYear } from '/work/main/test/support/naive-year.ts';
for (let seed=1; seed<=8; seed++) {
 const t=Date.now();
 const d=buildDistrict({seed,schools:2,students:90,schoolYear:2027,timeZone:'America/Denver'});
 const y=await naiveYear(d,{wholeDayMinutes:240,halfDayMinutes:120,suspensions:['SUS']},[{id:'contact',at:4,settleDays:1},{id:'first',at:7,settleDays:3},{id:'med',at:10,settleDays:3},{id:'ref',at:11,settleDays:5}],d.calendar.firstDay,'2026-10-23' as never);
 console.log(seed, Date.now()-t, y.unmapped.size, [...y.reached].map(([k,m])=>`${k}: ${m.size} fell ${[...m.values()].filter(r=>!r.atTheEnd).length} first ${[...m.values()].map(r=>r.first).sort().slice(0,3)}`).join(' | '));
}
