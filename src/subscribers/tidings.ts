// What a subscriber is sent, in words and in HTML. Pure: whoever sends it hands in the links that are the reader's own.
import { htmlText, html, safeUrl, type SafeHtml } from "../lib/html.ts";
import type { Instant } from "../lib/clock.ts";
import { plainMarkdown } from "../lib/markdown.ts";
import { oneLine } from "../lib/text.ts";
import { sayTime, type Reading } from "../lib/zones.ts";
import type { PublicIncident, PublicSite } from "../status/snapshot.ts";
import { automaticSaid, cardRows, type Row } from "../status/words.ts";

/** What is said, before anybody's own links are put in. */
export type Tidings = {
  readonly site: Pick<PublicSite, "name" | "url" | "timeZone">;
  readonly lead: string;
  readonly text: string;
  /** The notice as it is now; of what is about no incident there is none. */
  readonly incident?: PublicIncident;
  /** The first word of an incident: the card says all of it. */
  readonly first: boolean;
  /** Where it can be read, this page first, then its mirrors. */
  readonly links: readonly string[];
  readonly now: Instant;
};

export type Written = { readonly subject: string; readonly text: string; readonly html: string };

/** `manage`: where the reader changes or ends what they asked for. */
export type ForReader = { readonly manage: string; readonly possiblyRepeated: boolean };

type CardRow = { readonly label: string; readonly texts: readonly string[] };

function rowOf(row: Row, reading: Reading): CardRow {
  const said = (row.said ?? []).map((part) => (typeof part === "string" ? part : sayTime(part, reading))).join("");
  const links = (row.links ?? []).map((link) => safeUrl(link.url) ?? oneLine(link.url, 200));
  const texts = [...row.texts.map(plainMarkdown), said.trim(), ...links].filter((text) => text !== "");
  return { label: row.label, texts };
}

function cardOf({ incident, site, now }: Tidings): readonly CardRow[] {
  if (incident === undefined) return [];
  const over = incident.phase === "resolved";
  const reading = { zone: site.timeZone, now };
  const automatic = incident.automatic ? [{ label: "Automatic", texts: [automaticSaid(over ? undefined : now)] }] : [];
  return [...automatic, ...cardRows(incident, over ? undefined : now).map((row) => rowOf(row, reading))];
}

const mark = "(possibly repeated)";

/** The parts that all readers share are made once; what comes back puts in what is one reader's own. */
export function writeTidings(tidings: Tidings): (reader: ForReader) => Written {
  const card = cardOf(tidings);
  const { site, lead, links } = tidings;
  const why = `You asked ${oneLine(site.name, 100)} to tell you.`;
  const words = tidings.first && card.length > 0 ? "" : tidings.text;
  const body = [
    oneLine(lead, 300),
    words,
    card.map(({ label, texts }) => `${label}${label.endsWith("?") ? "" : ":"} ${texts.join("; ")}`).join("\n"),
    links.join("\n"),
  ];
  const text = body.filter((part) => part !== "").join("\n\n");
  const shared = html`<h1 style="font-size:1.3em" dir="auto">${oneLine(lead, 300)}</h1>
    ${words !== "" && html`<p dir="auto">${words}</p>`}
    ${
      card.length > 0 &&
      html`<table cellpadding="4" style="border-collapse:collapse">
        ${card.map(tableRow)}
      </table>`
    }
    <p>${links.flatMap((link, i) => [i > 0 && html`<br />`, linkTo(link, link)])}</p>`;
  return ({ manage, possiblyRepeated }) => {
    const repeated = possiblyRepeated ? mark : "";
    return {
      subject: `${oneLine(lead, 150)}${possiblyRepeated ? ` ${mark}` : ""}`,
      text: `${[text, repeated, `-- \n${why}\nChange or end it: ${manage}`].filter((part) => part !== "").join("\n\n")}\n`,
      html: page(
        html`${shared}${possiblyRepeated && html`<p>${mark}</p>`}
          <hr />
          <p style="color:#67635c;font-size:.9em">${why} ${linkTo(manage, "Change or end it")}.</p>`,
      ),
    };
  };
}

function tableRow({ label, texts }: CardRow): SafeHtml {
  return html`<tr>
    <th align="left" valign="top" style="color:#67635c;font-weight:normal">${label}</th>
    <td valign="top" dir="auto">${texts.flatMap((text, i) => [i > 0 && html`<br />`, text])}</td>
  </tr>`;
}

function linkTo(url: string, words: string): SafeHtml {
  const safe = safeUrl(url);
  return safe === undefined ? html`${words}` : html`<a href="${safe}">${words}</a>`;
}

function page(body: SafeHtml): string {
  return htmlText(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="color-scheme" content="light dark" />
        </head>
        <body style="font-family:sans-serif;line-height:1.5;max-width:40em">
          ${body}
        </body>
      </html> `,
  );
}

/** The letter that asks whether it was really they who asked. Whoever did not, does nothing. */
export function writeConfirmation(site: Tidings["site"], link: string, keptFor: string): Written {
  const name = oneLine(site.name, 100);
  const lead = `Do you want to hear of outages of ${name}?`;
  const asked = `Somebody, most likely you, asked for it on ${site.url}. Open this page and press the button:`;
  const rest = `If it was not you, do nothing: you will hear no more, and your address is forgotten in ${keptFor}.`;
  return {
    subject: oneLine(`Please confirm: news of outages of ${name}`, 150),
    text: `${lead}\n\n${asked}\n\n${link}\n\n${rest}\n`,
    html: page(
      html`<h1 style="font-size:1.3em">${lead}</h1>
        <p>${asked}</p>
        <p>${linkTo(link, link)}</p>
        <p>${rest}</p>`,
    ),
  };
}

/** To somebody who subscribed already and asks again: on the page nobody learns that they have. */
export function writeReminder(site: Tidings["site"], manage: string): Written {
  const name = oneLine(site.name, 100);
  const lead = `You hear of outages of ${name} already`;
  const said = "Somebody, most likely you, asked for it again. Here you can change or end it:";
  return {
    subject: oneLine(lead, 150),
    text: `${lead}.\n\n${said}\n\n${manage}\n`,
    html: page(
      html`<h1 style="font-size:1.3em">${lead}</h1>
        <p>${said}</p>
        <p>${linkTo(manage, manage)}</p>`,
    ),
  };
}
