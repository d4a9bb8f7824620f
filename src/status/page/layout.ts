// What every page has: head, demo strip, name, main, footer. One request, and all of it works without a script; all links are relative.
import type { PublicStatus } from "../../components/status.ts";
import type { Instant } from "../../lib/clock.ts";
import { isoSeconds } from "../../lib/clock.ts";
import { sayDuration } from "../../lib/duration.ts";
import { html, htmlText, raw, safeUrl, type SafeHtml } from "../../lib/html.ts";
import { oneLine } from "../../lib/text.ts";
import { zoneName } from "../../lib/zones.ts";
import { calendarPath, feedForms, feedPath, feedPathOf, historyPath, type FeedForm } from "../site-paths.ts";
import type { Sequence } from "../../lib/sequence.ts";
import type { PublicSite, SiteLink } from "../snapshot.ts";
import { bell, favicon } from "./shapes.ts";
import { liveScript, timesScript } from "./scripts.ts";
import { ownStyle, style } from "./style.ts";
import { said } from "./moments.ts";
import { t, tell } from "../tongue.ts";
import { spoken } from "../../lib/language.ts";

export type Page = {
  readonly site: PublicSite;
  readonly title: string;
  readonly description: string;
  /** The one accent. */
  readonly status: PublicStatus;
  /** The way to the root of the site, from this page: `./` or `../`. */
  readonly root: string;
  readonly main: SafeHtml;
  /** It is the current status itself. */
  readonly home?: true;
  /** Only of pages that grow old: the home page and what is open. */
  readonly fresh?: { readonly generatedAt: Instant; readonly validUntil: Instant };
  readonly addresses?: readonly string[];
  readonly behind?: Readonly<Record<string, number>> | undefined;
  /** It is about this one, which has a feed of its own. */
  readonly component?: { readonly id: string; readonly name: string };
  /** On the live server alone: what the reader has, so that a change is shown by itself. */
  readonly live?: Sequence | undefined;
};

const styleElement = raw(`<style>${style}</style>`);

/** `Packit status`; a site that is called so already is not called so twice. */
function siteTitle(site: PublicSite): string {
  const name = oneLine(site.name);
  return /status$/iu.test(name) ? name : t("{0} status", name);
}

const feedTypes = {
  atom: "application/atom+xml",
  rss: "application/rss+xml",
  json: "application/feed+json",
} as const;

/** The forms of the feed, for readers that look for one; on the page of a component its own comes first. */
function alternates({ site, root, component }: Page): readonly SafeHtml[] {
  const link = (form: FeedForm, title: string, of?: string): SafeHtml =>
    html`<link rel="alternate" type="${feedTypes[form]}" title="${title}" href="${root}${feedPathOf(form, of)}" />`;
  const title = siteTitle(site);
  const own = component === undefined ? [] : [link("atom", `${title}: ${component.name}`, component.id)];
  return [...own, ...feedForms.map((form) => link(form, title))];
}

function head(page: Page): SafeHtml {
  const { site, fresh } = page;
  const own = ownStyle(site);
  const title = `${site.demo ? "DEMO · " : ""}${oneLine(page.title)} · ${siteTitle(site)}`;
  return html`<meta charset="utf-8" /><meta name="viewport" content="width=device-width,initial-scale=1" />
    <title>${title}</title>
    <meta name="description" content="${oneLine(page.description, 300)}" /><meta
      name="color-scheme"
      content="light dark"
    />${
      fresh !== undefined &&
      html`<meta name="generated-at" content="${isoSeconds(fresh.generatedAt)}" /><meta
          name="valid-until"
          content="${isoSeconds(fresh.validUntil)}"
        />`
    } <link rel="icon" href="${favicon(page.status)}" />${alternates(page)}
    ${styleElement}${own !== undefined && raw(`<style>${own}</style>`)}`;
}

function alsoAt({ addresses = [], behind = {} }: Page): SafeHtml | undefined {
  const urls = addresses.flatMap((address) => {
    const url = safeUrl(address);
    return url === undefined ? [] : [{ url, late: behind[address] }];
  });
  if (urls.length < 2) return undefined;
  const links = urls.map(({ url, late }, at) => {
    const shown = url.replace(/^https?:\/\//u, "").replace(/\/$/u, "");
    const glue = at === 0 ? "" : at === urls.length - 1 ? ` ${t("and")} ` : ", ";
    return html`${glue}<a href="${url}" rel="noopener">${shown}</a
      >${late !== undefined && ` (${t("{0} behind", sayDuration(late))})`}`;
  });
  const silent =
    urls.length === 2 ? t("If one is silent, the other speaks.") : t("If one is silent, the others speak.");
  return html`<p>${t("This page is at")} ${links}. ${silent}</p>`;
}

function footer(page: Page): SafeHtml {
  const { site, fresh, root } = page;
  const zone = zoneName(site.timeZone) === undefined ? "UTC" : t("{0} and {1}", "UTC", site.timeZone);
  const asOf =
    fresh !== undefined &&
    html`${said(tell("As of {0}.", fresh.generatedAt), { zone: site.timeZone, seconds: true })} `;
  return html`<footer class="foot">
    <p>${asOf}${t("Times in {0}.", zone)}</p>
    ${alsoAt(page)}
    <nav aria-label="${t("Other forms")}">
      ${links(site.look?.footer)}<a href="${root}${historyPath}">${t("history")}</a
      ><a href="${root}${feedPath}">${t("feed")}</a><a href="${root}${calendarPath}">${t("calendar")}</a
      ><a href="${root}status.txt">${t("text")}</a
      ><a href="${root}api/v2/summary.json">JSON</a
      >${site.subscribe !== undefined && html`<a href="${site.subscribe}">${t("subscribe")}</a>`}
    </nav>
  </footer>`;
}

const links = (list: readonly SiteLink[] = []): readonly SafeHtml[] =>
  list.flatMap(({ name, url }) => {
    const safe = safeUrl(url);
    return safe === undefined ? [] : [html`<a class="tap" href="${safe}" rel="noopener" dir="auto">${name}</a>`];
  });

/** The operator's own, and the way back. */
function ways({ site, home, root }: Page): SafeHtml | false {
  const own = links(site.look?.header);
  if (home === true && own.length === 0) return false;
  return html`<nav class="s" aria-label="${t("Site")}">
    ${own}${home !== true && html`<a class="tap" href="${root}">${t("Current status")}</a>`}
  </nav>`;
}

/** The sign before the name: the operator's, which is checked to be no more than a picture, or a bell. */
function sign({ look }: PublicSite): SafeHtml {
  return look?.logo === undefined ? bell : html`<img src="${look.logo}" alt="" />`;
}

const scripts = { times: raw(`<script>${timesScript}</script>`), live: raw(`<script>${liveScript}</script>`) };

const liveness = ({ live, root }: Page): SafeHtml | undefined =>
  live && html` data-seq="${live.epoch}.${live.seq}" data-events="${root}events"`;

const freshness = ({ fresh }: Page): SafeHtml | undefined =>
  fresh && html` data-generated="${isoSeconds(fresh.generatedAt)}" data-valid-until="${isoSeconds(fresh.validUntil)}"`;

const demoStrip = (): SafeHtml =>
  html`<aside class="demo" aria-label="Demo">
    <b>DEMO</b> · ${t("a simulated service; nothing on this page is real.")}
  </aside> `;

/** A whole page, from the doctype on. */
export function layout(page: Page): string {
  const { site } = page;
  return htmlText(
    html`<!doctype html>
      <html
        lang="${spoken().tag}"
        ${spoken().dir === "rtl" && html` dir="rtl"`}
        data-zone="${site.timeZone}"
        ${freshness(page)}${liveness(page)}
      >
        <head>
          ${head(page)}
        </head>
        <body>
          <a class="skip" href="#main">${t("Skip to the content")}</a>
          ${site.demo && demoStrip()}
          <div class="wrap">
            <header class="top">
              <a class="name" href="${page.root}">${sign(site)}<span dir="auto">${siteTitle(site)}</span></a
              >${ways(page)}
            </header>
            <main id="main" tabindex="-1">${page.main}</main>
            ${footer(page)}
          </div>
          ${scripts.times}${page.live !== undefined && scripts.live}
        </body>
      </html> `,
  );
}
