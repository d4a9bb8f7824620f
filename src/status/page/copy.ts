// A page as a copy of it lies elsewhere: it can tell its own age, with a script and without.
import { isoSeconds } from "../../lib/clock.ts";
import { escapeHtml, html, htmlText } from "../../lib/html.ts";
import { oneLine } from "../../lib/text.ts";
import { sayTime } from "../../lib/zones.ts";
import { current } from "../maintenance-words.ts";
import { isNotice } from "../../maintenance/maintenance.ts";
import type { PublicSnapshot } from "../snapshot.ts";
import { copyScript, copyScriptHash } from "./copy-script.ts";
import { policyOf } from "./style.ts";
import { t } from "../tongue.ts";
import { type Sentence } from "../languages/english.ts";

/** What the script says; it puts in what stands in braces. */
const words = {
  lost: "No contact with the origin since {time}",
  known: "This mirror shows what was known then: {what}.",
  past: "This mirror holds what was known then; what came after is not in it.",
  unreachable: "Your browser cannot reach {host} either, so the service itself may be down.",
  reachable: "Your browser can reach {host}: read the newest there.",
  alone: "Your browser reaches neither this mirror nor {host} now, so your own connection may be down.",
  planned: "Planned work, “{title}”, goes on until {time} if all goes by plan.",
  begun: "in progress, by the clock",
  over: "planned to be over since {time}",
  running: "Planned work since {from}, until {to}.",
} as const satisfies Readonly<Record<string, Sentence>>;

/** Where a page is opened from a copy, no header tells its policy. */
function policy(site: PublicSnapshot["site"]): string {
  const [whole, origin] = [policyOf(site), site.url];
  const rules = whole
    .split("; ")
    // A header alone may say who frames a page; and a copy has no forms to answer.
    .filter((rule) => !/^(frame-ancestors|script-src|connect-src) /u.test(rule));
  const theirs = URL.canParse(origin) ? ` ${new URL(origin).origin}` : "";
  const scripts = /script-src ([^;]*)/u.exec(whole)?.[1] ?? "";
  return [...rules, `script-src ${scripts} '${copyScriptHash}'`.replace("  ", " "), `connect-src 'self'${theirs}`].join(
    "; ",
  );
}

/** `aging`: the page carries its own times; else nothing of the snapshot may be on it but its site. */
export function asCopy(page: string, path: string, snapshot: PublicSnapshot, aging: boolean): string {
  const { site, sequence, maintenance } = snapshot;
  const root = "../".repeat(path.split("/").length - 1) || "./";
  const windows = current(maintenance)
    .filter((window) => !isNotice(window))
    .map(({ number, title, scheduledStart, scheduledEnd, state }) => ({
      number,
      title: oneLine(title, 100),
      from: scheduledStart,
      to: scheduledEnd,
      state,
    }));
  const own = /^maintenance\/(\d+)\.html$/u.exec(path)?.[1];
  const data: readonly (readonly [string, string])[] = [
    ["origin", site.url],
    ["root", root],
    ["words", JSON.stringify(Object.fromEntries(Object.entries(words).map(([name, sentence]) => [name, t(sentence)])))],
    ...(aging
      ? ([
          ["sequence", `${sequence.epoch}.${sequence.seq}`],
          ["windows", JSON.stringify(windows)],
          ...(path === "index.html" ? [["home", "yes"] as const] : []),
          ...(own === undefined ? [] : [["window", own] as const]),
        ] as const)
      : []),
  ];
  const attributes = data.map(([name, value]) => ` data-${name}="${escapeHtml(value)}"`).join("");
  const policyTag = `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy(site))}" />`;
  return page
    .replace(/<meta charset[^>]*>/u, (charset) => `${charset}${policyTag}`)
    .replace(/<main [^>]*>/u, (begin) => `${begin}${aging ? asOf(snapshot) : ""}`)
    .replace("</body>", () => `<script${attributes}>${copyScript}</script></body>`);
}

/** For who reads without scripts. */
function asOf({ site, generatedAt, validUntil }: PublicSnapshot): string {
  const reading = { zone: site.timeZone };
  const made = html`<time datetime="${isoSeconds(generatedAt)}">${sayTime(generatedAt, reading)}</time>`;
  const late = t("Later than {0} it has lost contact with the origin.", sayTime(validUntil, reading));
  const words = html`${t("This is a copy, as of")} ${made}. ${late}`;
  return `<noscript><p class="m s">${htmlText(words)}</p></noscript>`;
}
