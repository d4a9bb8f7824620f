// The style of a backtest's page. Inline, so that the file can be mailed.

export const pageStyle = `
:root{color-scheme:light dark;--paper:#fbfaf8;--card:#fff;--line:#e6e2db;--ink:#1b1a18;--muted:#67635c;--link:#24529c;
--jobs:#c3c8d0;--red:#c8403c;--cap:#5b4bb0;--band:#5b4bb026;--found:#1c7c4a;--missed:#b3201f;--unseen:#b9b4aa}
@media(prefers-color-scheme:dark){:root{--paper:#15171a;--card:#1c1f23;--line:#2e3237;--ink:#eceae6;--muted:#a19d95;--link:#94b6f0;
--jobs:#4a515a;--red:#e2625d;--cap:#a79bf0;--band:#a79bf033;--found:#58b386;--missed:#ff8a80;--unseen:#5c5f63}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 ui-sans-serif,system-ui,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .75rem}h2{font-size:1.2rem;margin:2.5rem 0 .75rem}h3{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.25rem 0}.lead{font-size:1.2rem;font-weight:600}.m{color:var(--muted);font-size:.9rem;font-weight:400}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.5rem}
.wide:focus-visible,summary:focus-visible{outline:3px solid var(--link);outline-offset:2px}
svg{display:block;width:100%;min-width:44rem;height:auto}
.grid{stroke:var(--line)}.base{stroke:var(--muted)}
.axis,.number{font:11px ui-sans-serif,system-ui,sans-serif;fill:var(--muted)}.number{fill:var(--cap);font-weight:600}
path.jobs{fill:var(--jobs)}path.red{fill:var(--red)}rect.cap{fill:var(--cap)}rect.band{fill:var(--band)}
rect.found{fill:var(--found)}rect.missed{fill:var(--missed)}rect.unseen{fill:var(--unseen)}
.key{font-size:.9rem;color:var(--muted)}
.key span{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin:0 .2em 0 .8em}.key span:first-child{margin-left:0}
.key .jobs{background:var(--jobs)}.key .red{background:var(--red)}.key .cap{background:var(--cap)}
.key .found{background:var(--found)}.key .missed{background:var(--missed)}.key .unseen{background:var(--unseen)}
table{border-collapse:collapse;width:100%;min-width:36rem;font-size:.9rem}caption{text-align:left;color:var(--muted);padding:.2rem .4rem .5rem}
th,td{text-align:right;padding:.3rem .6rem;border-top:1px solid var(--line);font-weight:400}th:first-child{text-align:left}thead th{color:var(--muted);border-top:0;overflow-wrap:normal}thead td{border-top:0}
.alarms{list-style:none;padding:0;margin:0}.alarms>li{border-top:1px solid var(--line);padding:.75rem 0}.alarms h3{margin:0}
.pill{border:1px solid currentColor;border-radius:1em;padding:0 .6em;white-space:nowrap}.pill.right{color:var(--found)}.pill.false{color:var(--missed)}
details{margin-top:.5rem}summary{cursor:pointer;color:var(--link);min-height:1.75rem}
@media(max-width:36rem){main{padding:1rem 1rem 3rem}h1{font-size:1.4rem}summary{min-height:44px;padding:.6rem 0}}
@media print{details{display:block}.wide{overflow:visible}}
`;
