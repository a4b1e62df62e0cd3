/** The look of every page: inline, light or dark as the reader has it, charts always on white, fit for print and small screens. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1b2733;--soft:#566472;--line:#dde3e9;--back:#f5f7f9;--card:#fff;--accent:#0072b2;--bad:#b34700;--good:#00704f;--warn:#8a5a00}
@media (prefers-color-scheme:dark){:root{--ink:#e8edf2;--soft:#a3b0bd;--line:#33404c;--back:#12181e;--card:#1b232b;--accent:#6cb8e6;--bad:#ff9a57;--good:#4fd1a5;--warn:#f0c060}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:24px 20px 56px}
h1{font-size:26px;line-height:1.25;margin:0 0 4px}
h2{font-size:19px;margin:40px 0 12px;padding-top:14px;border-top:1px solid var(--line)}
h3{font-size:15px;margin:26px 0 8px}
p{margin:8px 0;max-width:78ch}
.subtitle{color:var(--soft);margin:0;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.card dt{color:var(--soft);font-size:13px}
.card dd{margin:2px 0 0;font-size:23px;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.card .more{font-size:12.5px;font-weight:400;color:var(--soft);margin:2px 0 0}
.good dd,td.good{color:var(--good)}.bad dd,td.bad{color:var(--bad)}.warn dd,td.warn{color:var(--warn)}
.scroll{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;background:var(--card);border:1px solid var(--line);font-size:13.5px;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--soft);font-size:13px;padding:0 0 6px}
th,td{padding:5px 12px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:600}
tbody th{font-weight:500;overflow-wrap:anywhere;min-width:17ch}
thead th{background:var(--back);white-space:nowrap}
tbody tr:last-child>*{border-bottom:0}
.number{text-align:right;white-space:nowrap}
.figures{display:flex;flex-wrap:wrap;gap:14px;margin:12px 0;align-items:flex-start}
figure{margin:0;background:#fff;border:1px solid var(--line);border-radius:8px;padding:8px;max-width:100%}
figure svg{display:block;max-width:100%;height:auto}
figcaption{color:#4a5764;font-size:12.5px;padding:4px 8px;max-width:60ch}
.note{border-left:4px solid var(--accent);background:var(--card);padding:8px 14px;margin:14px 0;max-width:90ch;overflow-wrap:anywhere}
.note.bad{border-color:var(--bad)}.note.good{border-color:var(--good)}.note.warn{border-color:var(--warn)}
details{margin:8px 0}summary{cursor:pointer;color:var(--accent)}
footer{margin-top:48px;color:var(--soft);font-size:13px}
@media (max-width:600px){main{padding:16px 12px 40px}h1{font-size:22px}th,td{padding:5px 8px}}
@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--back:#fff;--card:#fff;--bad:#9c3d00;--good:#00573d;--warn:#6b4600}body{font-size:11pt}main{max-width:none;padding:0}figure,.card,tr{break-inside:avoid}h2,h3{break-after:avoid}.scroll{overflow:visible}}
`.trim();
