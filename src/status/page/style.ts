// The one style sheet, inline in every page: one request, and a hash that a strict policy can name.
import { createHash } from "node:crypto";
import { dark, light, stateText, type Palette } from "../../config/palette.ts";
import type { PublicSite } from "../snapshot.ts";
import { liveScript, timesScript } from "./scripts.ts";

const root = (colours: Partial<Palette>, more = ""): string =>
  `:root{${Object.entries(colours)
    .map(([tone, colour]) => `--${tone}:${colour}`)
    .join(";")}${more}}`;
const words = (scheme: "light" | "dark"): string =>
  Object.entries(stateText[scheme])
    .map(([state, colour]) => `;--${state}:${colour}`)
    .join("");
const inDark = (rule: string): string => `@media(prefers-color-scheme:dark){${rule}}`;

const tokens = `:root{color-scheme:light dark}
${root(light, `${words("light")};--okf:#58b386;--degf:#e0a526;--parf:#e2762d;--majf:#d9423f;--mntf:#6d93d4;--unkf:#d4d6da`)}
${inDark(root(dark, `${words("dark")};--okf:#3c8f63;--degf:#c08a1a;--parf:#cf6a26;--majf:#d0453f;--mntf:#4f76b8;--unkf:#3a3f45`))}
.operational{--t:var(--ok);--f:var(--okf);--i:var(--ok)}
.degraded_performance{--t:var(--deg);--f:var(--degf);--i:var(--degf)}
.partial_outage{--t:var(--par);--f:var(--parf);--i:var(--parf)}
.major_outage{--t:var(--maj);--f:var(--majf);--i:var(--majf)}
.under_maintenance{--t:var(--mnt);--f:var(--mntf);--i:var(--mnt)}
.unknown{--t:var(--unk);--f:var(--unkf);--i:var(--unk)}
`;

const base = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 ui-sans-serif,system-ui,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.wrap{max-width:50rem;margin:0 auto;padding:0 1.25rem}
h1,h2,h3,p,ul,ol,dl,dd,blockquote,pre{margin:0;padding:0}
ul,ol.days,ol.said{list-style:none}
h1{font-size:1.9rem;line-height:1.2;letter-spacing:-.01em}
h2{font-size:1rem}h3{font-size:1rem}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:.2em}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:2px}
code,pre{font:.93em/1.5 ui-monospace,monospace}
pre{overflow-x:auto;white-space:pre-wrap}
.m{color:var(--muted);font-weight:400}
.s{font-size:.9rem}
.w{color:var(--t);font-weight:600}
.i{width:.9em;height:.9em;flex:none;color:var(--i)}.tick{stroke:var(--card)}
.nb,.say .lt,dd .lt{white-space:nowrap}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.6rem 1rem;z-index:1}
`;

const parts = `
.demo{background:var(--ink);color:var(--paper);text-align:center;padding:.35rem 1.25rem;font-size:.9rem}
.top{display:flex;justify-content:space-between;align-items:center;gap:1rem;padding:1.5rem 0 2rem}
.top .name{display:inline-flex;align-items:center;gap:.6rem;color:inherit;font-weight:600;text-decoration:none;padding:.3rem 0}
.top .nb{flex:none}.top .name:hover{text-decoration:underline}
.top svg{width:1.15rem;height:1.15rem;flex:none}.top img{max-width:10rem;height:2rem;object-fit:contain}
.top nav{display:flex;flex-wrap:wrap;justify-content:flex-end;gap:0 1.25rem}
.say{border-left:6px solid var(--f);padding:0 0 .1rem 1.1rem;margin-bottom:2rem}
.say p{color:var(--muted);margin-top:.4rem}
.say b,.say .md{color:var(--ink)}.say b{font-weight:600}
.unknown.say{border-left-style:double}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;margin-bottom:1rem}
.out{padding:1.5rem;margin-bottom:2rem}
.out :is(h2,h3){font-size:1.2rem;line-height:1.35}
.out :is(h2,h3) a{color:inherit;text-decoration:none}.out :is(h2,h3) a:hover{text-decoration:underline}
.hits{display:flex;flex-wrap:wrap;gap:.1rem 1.25rem;margin-top:.5rem;font-size:.9rem}
.hits li{display:flex;align-items:baseline;gap:.45rem}.hits .i{align-self:center}.hits+p{margin-top:.5rem}
.auto{border-left:3px solid var(--line);padding-left:.75rem;margin-top:.9rem;font-size:.9rem;color:var(--muted)}
.rows,.said>li,.days>li{display:grid;grid-template-columns:9.5rem 1fr;gap:0 1.5rem}
.rows{row-gap:.6rem;margin-top:1.25rem}
.rows dt,.said .at,.days .at{color:var(--muted);font-size:.9rem;line-height:1.667}
.rows ul:not(.md ul)>li+li{margin-top:.35rem}
.said{margin-top:1.5rem;border-top:1px solid var(--line);padding-top:1.4rem}
.line .said{margin-top:0;border-top:0;padding-top:0}
.said>li+li{margin-top:1.1rem}
.said .at a{color:inherit;text-decoration:none}.said .at a:hover{text-decoration:underline}
.said .at span{display:block;font-size:.8rem}
.said>li:target{outline:2px solid var(--link);outline-offset:.5rem;border-radius:.2rem}
.md>*+*{margin-top:.5rem}
.said .md{display:contents}.md>p:first-child{display:inline}
.md ul,.md ol{padding-left:1.25rem;list-style:disc}.md ol{list-style:decimal}
.md blockquote{border-left:3px solid var(--line);padding-left:.75rem}
.quote{border-left:3px solid var(--line);padding-left:.75rem;margin-top:1.1rem}
.md hr{border:0;border-top:1px solid var(--line)}
.hd{display:flex;justify-content:space-between;align-items:baseline;gap:1rem;margin:2.5rem 0 .75rem}
.hd h2{flex:none}.hd .m{text-align:right}
.c>summary,.c>ul>li,ul.c>li{display:flex;flex-wrap:wrap;align-items:baseline;gap:.7rem;padding:.85rem 1.3rem}
.c .i{align-self:flex-start;margin-top:.32em}
.c>summary{cursor:pointer;list-style:none;border-radius:.6rem}.c>summary::-webkit-details-marker{display:none}
.c>summary:hover h3{text-decoration:underline;text-underline-offset:.2em;text-decoration-thickness:1px}
.c[open]>summary{border-radius:.6rem .6rem 0 0}
.c>summary h3{flex:1;min-width:min(8rem,60%)}.c>summary>.m{flex:none;max-width:45%;text-align:right}
.c>summary::after{content:"";flex:none;align-self:center;width:.4rem;height:.4rem;border:solid var(--muted);border-width:0 1.5px 1.5px 0;transform:translateY(-.15rem) rotate(45deg)}
.c[open]>summary::after{transform:translateY(.1rem) rotate(225deg)}
.c>ul>li,ul.c>li{border-top:1px solid var(--line)}.c>ul:first-child>li:first-child,ul.c>li:first-child{border-top:0}
.c .n{flex:1;min-width:0}.c .n a{font-weight:600;color:inherit;text-decoration:none;margin-inline-end:.5rem}.c .n a:hover{text-decoration:underline}
.bars{flex:none;width:100%;overflow:hidden;direction:ltr}
.bars svg{display:block;width:100%;height:1.75rem;-webkit-print-color-adjust:exact;print-color-adjust:exact}
.bars path{fill:var(--f)}.bars .none{fill:var(--line)}
.bars .g{fill:none;stroke:var(--card);stroke-width:28;stroke-dasharray:.24 .76;pointer-events:none}
.fig{flex:none;width:100%;display:flex;justify-content:space-between;gap:0 1rem;font-size:.8rem;direction:ltr;margin-top:.35rem;white-space:nowrap}.fig b{color:var(--ink);font-weight:600}
.c .bars{margin-top:-.1rem}.c .fig{margin-top:-.35rem}
.ago i{font-style:normal}.ago i+i{display:none}
.c .w{text-align:right}
.ch{margin:0 0 1.5rem;display:grid;grid-template-columns:auto 1fr;gap:.4rem .6rem;direction:ltr}.ch figcaption{grid-column:1/3;margin-bottom:.3rem}
.ch svg{width:100%;height:6rem;overflow:visible}.ch path{fill:none;stroke-width:1;vector-effect:non-scaling-stroke}
.ch .g{stroke:var(--line)}.ch .k{stroke:var(--muted)}.ch .l{stroke:var(--link);stroke-width:2;stroke-linejoin:round}.ch .b{fill:var(--maj)}
.ch .y,.ch .x{display:flex;justify-content:space-between;font-size:.8rem}.ch .y{flex-direction:column;line-height:1;margin:-.4rem 0;text-align:right;white-space:nowrap}.ch .x{grid-column:2;gap:1rem}.ch .x>:last-child{text-align:right}
.days{border-top:1px solid var(--line)}
.days>li{border-bottom:1px solid var(--line);padding:.75rem 0}
.days .e+.e{margin-top:.8rem}
.days .e a{color:inherit;font-weight:600}
.days .e .i{margin-right:.35rem;vertical-align:-.08em}
.clocks{display:grid;grid-template-columns:repeat(3,1fr);gap:1.25rem 1.5rem;padding:1.5rem}
.clocks dt{color:var(--muted);font-size:.9rem}
.clocks dd span{display:block;font-size:.9rem}
.v{border-collapse:collapse;width:100%;margin-top:1rem;font-size:.9rem}.v caption{text-align:left;color:var(--muted);padding-bottom:.5rem}
.v th,.v td{text-align:left;font-weight:400;padding:.3rem 1rem .3rem 0;border-top:1px solid var(--line)}.v thead th{color:var(--muted)}
.cmd{margin-top:.75rem}.cmd li+li{margin-top:.4rem}
.foot{border-top:1px solid var(--line);margin-top:3rem;padding:1.25rem 0 3rem;font-size:.9rem;color:var(--muted)}
.foot p+p,.foot nav{margin-top:.4rem}.foot nav{display:flex;flex-wrap:wrap;gap:0 1rem}
.old{font-size:.9rem;color:var(--muted);margin-top:.35rem}.old>summary{cursor:pointer}.old summary:hover{text-decoration:underline}
.old>*+*{border-left:3px solid var(--line);padding-left:.75rem;margin-top:.4rem}.old .md{color:var(--ink)}.said .old .md{display:block}.rows+.old{margin-top:1rem}
.old li+li{margin-top:.4rem}
.pg{display:flex;justify-content:space-between;gap:1rem;margin:1rem 0}
.mo{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.35rem 1.5rem;list-style:none}
.find{display:flex;flex-wrap:wrap;gap:.6rem;margin:1rem 0 2rem}.find label{width:100%;font-size:.9rem;color:var(--muted)}
.ask label{width:auto;flex:1 1 12rem}.find.ask input{color:var(--ink);display:block;width:100%;margin-top:.2rem}.ask button{align-self:end}.you .find{margin:0;padding:0 1.3rem 1.3rem}
.find input{flex:1;min-width:0;font:inherit;color:inherit;background:var(--card);border:1px solid var(--muted);border-radius:.4rem;padding:.5rem .75rem}
select{font:inherit;max-width:100%}
.find button{font:inherit;font-weight:600;color:var(--card);background:var(--link);border:0;border-radius:.4rem;padding:.5rem 1.1rem}
`;

const phone = `
@media(max-width:48rem){.bars svg{width:150%;margin-inline-start:-50%}.ago i:nth-child(1){display:none}.ago i:nth-child(2){display:inline}}
@media(max-width:36rem){.bars svg{width:300%;margin-inline-start:-200%}.ago i:nth-child(2){display:none}.ago i:nth-child(3){display:inline}}
@media(max-width:36rem){
h1{font-size:1.6rem}
.wrap{padding:0 1rem}
.top{padding:.75rem 0 1.25rem}
.name,.foot nav a,.tap{display:inline-flex;align-items:center;min-height:44px;min-width:44px}
.c>summary,.c>ul>li{padding:.85rem 1rem;min-height:44px}
.out,.clocks{padding:1.1rem 1rem}
.rows,.said>li,.days>li{grid-template-columns:1fr}.days>.quiet{grid-template-columns:6rem 1fr}
.rows dt:not(:first-child){margin-top:.3rem}
.said .at span{display:inline;margin-left:.4rem}
.said .at a{display:inline-block;padding:.55rem 0;margin:-.55rem 0}
.clocks{grid-template-columns:1fr 1fr}
.days .e a{display:inline-block;padding:.65rem 0;margin:-.45rem 0}
.old>summary,.mo a,.pg a{display:inline-block;padding:.65rem 0;min-height:44px}.find input,.find button{min-height:44px}
.c .n a{display:inline-block;padding:.65rem 0;margin-block:-.65rem}.fig{flex-wrap:wrap}.fig span:nth-child(2){flex:none;width:100%;order:-1}
.c .w{max-width:45%}.c .n .m{display:block}
}
@media(max-width:22rem){.clocks{grid-template-columns:1fr}}
@media(forced-colors:active){.i{forced-color-adjust:none}.ch .l,.ch .k{stroke:CanvasText}.ch .b{fill:CanvasText}}
@media print{:root{--paper:#fff}.skip,.c>summary::after{display:none}.card,.say,.days>li{break-inside:avoid}
details::details-content{content-visibility:visible;block-size:auto;display:block}.md a[href]::after{content:" (" attr(href) ")"}}
`;

/** Line ends and the spaces around them say nothing to a browser. */
export const style: string = `${tokens}${base}${parts}${phone}`.replace(/\n+/gu, "");

const hashOf = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/** For a policy that allows this style sheet and no other. */
export const styleHash: string = hashOf(style);

/** The operator's own colours, in the place of ours; a second sheet, so that the first is the same everywhere. */
export function ownStyle({ look }: Pick<PublicSite, "look">): string | undefined {
  const colours = look?.colours;
  return colours === undefined
    ? undefined
    : `${root(colours.light)}${inDark(root({ ...own(colours), ...colours.dark }))}`;
}

/** In the dark, what was written for the light does not count. */
function own(colours: { readonly light: Partial<Palette> }): Partial<Palette> {
  return Object.fromEntries(Object.entries(dark).filter(([tone]) => Object.hasOwn(colours.light, tone)));
}

/** The policy with the hash of the operator's own style; without one, that of our own pages. */
function policyWith(own: string | undefined): string {
  return [
    "default-src 'none'",
    `style-src '${styleHash}'${own === undefined ? "" : ` '${hashOf(own)}'`}`,
    `script-src '${hashOf(timesScript)}' '${hashOf(liveScript)}'`,
    "img-src data:",
    // Changes as they come, from this very server; and the search of the history.
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** The Content-Security-Policy under which every page works: nothing from elsewhere, no script but ours, no frame. */
export const pagePolicy: string = policyWith(undefined);

const policies = new Map<string, string>();

/** The same for a site with colours of its own. */
export function policyOf(site: Pick<PublicSite, "look">): string {
  const own = ownStyle(site);
  if (own === undefined) return pagePolicy;
  const known = policies.get(own) ?? policyWith(own);
  if (policies.size < 100) policies.set(own, known);
  return known;
}
