/** How the report's page looks, and the few lines that make its times jump in the film. Constant: no user text is in it. */

export const STYLE = `
:root{color-scheme:dark light;--bg:#101010;--raised:#171717;--line:#2c2c2c;--text:#ededed;--dim:#a6a6a6;
--accent:#f0b03c;--bad:#ff8a75;--good:#7fce8f;--bar:#5a5a5a;--curve:#e8e8e8}
@media (prefers-color-scheme:light){:root{--bg:#fbfbfa;--raised:#fff;--line:#dededb;--text:#1b1b1a;--dim:#5f5f5c;
--accent:#8f5600;--bad:#b3261e;--good:#1d6b31;--bar:#b4b4b0;--curve:#1b1b1a}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 Inter,system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans","PingFang SC","Microsoft YaHei",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main{max-width:1120px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:28px;line-height:1.2;font-weight:600;letter-spacing:-.01em;margin:0 0 8px}
h2{font-size:14px;font-weight:600;margin:40px 0 12px}
h3{font-size:18px;font-weight:600;margin:48px 0 12px}
p{margin:0}
a{color:inherit;text-decoration-color:var(--dim);text-underline-offset:3px}
a:hover{text-decoration-color:currentColor}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
.dim,small{color:var(--dim)}
small{font-size:12px}
.top{display:grid;grid-template-columns:minmax(0,1fr) 264px;gap:32px;margin-top:28px;align-items:start}
video{display:block;width:100%;max-height:70vh;background:#000;border:1px solid var(--line);border-radius:6px}
dl{margin:0;border-top:1px solid var(--line)}
dl div{display:flex;justify-content:space-between;gap:16px;padding:7px 0;border-bottom:1px solid var(--line)}
dt{color:var(--dim)}
dd{margin:0;text-align:right}
.verdict{display:flex;gap:8px;align-items:baseline;padding:0 0 12px;font-weight:600}
.verdict::before,.found b::before{content:"";flex:none;width:8px;height:8px;border-radius:50%;background:var(--good)}
.verdict.info::before,.found .info::before{background:var(--accent)}
.verdict.warning::before,.found .warning::before{background:var(--bad)}
.strip{display:flex;gap:2px;overflow-x:auto;padding-bottom:4px}
.strip a{position:relative;flex:1 0 72px;min-width:72px;height:112px;border-radius:6px;overflow:hidden;
background:var(--raised) center/cover no-repeat;border:1px solid var(--line);text-decoration:none}
.strip span{position:absolute;inset:auto 0 0;padding:20px 8px 5px;font-size:12px;line-height:1.3;color:#fff;
background:linear-gradient(#0000,#000c 55%);white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.strip .warning,.strip .info{border-bottom:3px solid var(--bad)}
.strip .info{border-bottom-color:var(--accent)}
.found{list-style:none;margin:0;padding:0;border-top:1px solid var(--line)}
.found li{display:grid;grid-template-columns:96px minmax(0,1fr);gap:4px 16px;padding:12px 0;border-bottom:1px solid var(--line)}
.found b{display:flex;gap:8px;align-items:baseline;font-weight:400}
.found code{font:12px/1.6 ui-monospace,SFMono-Regular,Menlo,monospace;color:var(--dim)}
.lanes{border-top:1px solid var(--line)}
.lane,.axis{display:grid;grid-template-columns:152px minmax(0,1fr);border-bottom:1px solid var(--line)}
.lane>span{padding:10px 12px 8px 0;display:flex;flex-direction:column}
.lane b{font-weight:500}
.lane>div,.axis>div{position:relative}
.lane svg{display:block;width:100%;height:88px}
.lane.low svg{height:62px;margin:11px 0 7px}
.lane.low b{white-space:pre-line}
.lane.thin svg{height:40px}
.lane i{position:absolute;right:0;transform:translateY(-100%);font-style:normal;font-size:11px;color:var(--accent);
padding:0 4px;background:var(--bg);border-radius:3px}
path{fill:none;vector-effect:non-scaling-stroke}
.curve{stroke:var(--curve);stroke-width:1.5;stroke-linejoin:round}
.limit{stroke:var(--accent);stroke-width:1;stroke-dasharray:4 4}
.cut{stroke:var(--line);stroke-width:1}
path.warning{stroke:var(--bad);stroke-width:2}
path.info{stroke:var(--accent);stroke-width:2}
.bar,.span{fill:var(--bar)}
.over,.span.black,.span.frozen{fill:var(--bad)}
.span.held,.span.silent{fill:var(--accent)}
.axis{border:0}
.axis>div{height:24px}
.axis time{position:absolute;top:4px;font-size:11px;color:var(--dim);white-space:nowrap}
.wide{overflow-x:auto}
table{width:100%;border-collapse:collapse;white-space:nowrap}
th{font-weight:400;color:var(--dim);text-align:right;padding:6px 0 6px 20px;border-bottom:1px solid var(--line)}
td{text-align:right;padding:7px 0 7px 20px;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{text-align:left;padding-left:0;white-space:normal;min-width:112px}
td .warning{color:var(--bad)}
footer{margin-top:48px;color:var(--dim);font-size:12px}
@media (max-width:760px){main{padding:24px 16px 48px}.top{grid-template-columns:1fr}
.lane,.axis{grid-template-columns:1fr}.axis>span{display:none}.lane>span{padding:8px 0 4px}
.found li{grid-template-columns:1fr}}
@media print{body{background:#fff}video{display:none}}
`;

/** A time is a link into the film, which opens it there; with the player on the page it plays there instead. */
export const SCRIPT = `
const film=document.querySelector("video");
if(film)document.addEventListener("click",(event)=>{
const link=event.target.closest("a[data-at]");
if(!link||event.ctrlKey||event.metaKey||event.shiftKey)return;
event.preventDefault();
film.currentTime=Number(link.dataset.at);
film.scrollIntoView({block:"nearest"});
film.focus({preventScroll:true});
});
`;
