// What was changed after it was public: said with its time, and what it said before can be opened.
import type { fieldWords } from "../../incidents/notice.ts";
import { figureIn } from "../../lib/language.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { markdown } from "../../lib/markdown.ts";
import type { Reading } from "../../lib/zones.ts";
import type { EditedValue, PublicComponent, PublicIncident, PublicUpdate } from "../snapshot.ts";
import { hitsIn, stateWord } from "../words.ts";
import type { Sentence } from "../languages/english.ts";
import { t, tell } from "../tongue.ts";
import { moment, said } from "./moments.ts";

function value(was: EditedValue, components: readonly PublicComponent[], reading: Reading): SafeHtml {
  if ("time" in was) return moment(was.time, reading);
  if ("impact" in was) {
    const hit = hitsIn(was.impact, components).map(({ name, status }) => `${name}: ${stateWord(status)}`);
    return html`<span dir="auto">${hit.join("; ")}</span>`;
  }
  const texts = was.texts.filter((text) => text.trim() !== "");
  if (texts.length === 0) return html`${t("nothing")}`;
  return html`${texts.map((text) => html`<div class="md" dir="auto">${markdown(text)}</div>`)}`;
}

const fieldNames: Readonly<Record<keyof typeof fieldWords, Sentence>> = {
  title: "The title",
  scope: "What is broken",
  affected: "Who is affected",
  notAffected: "Not affected",
  alternatives: "What you can do",
  eta: "When it should be over",
  nextUpdateAt: "The next update",
  retrigger: "Whether to retrigger",
  links: "The links",
  cause: "The cause",
  quotes: "What others say",
  impact: "What is hit",
  startedAt: "When it began",
  endedAt: "When it ended",
};

/** The changes of the notice, newest first; undefined when there were none. */
export function noticeEdits(
  { edits }: PublicIncident,
  components: readonly PublicComponent[],
  reading: Reading,
): SafeHtml | undefined {
  const last = edits.at(-1);
  if (last === undefined) return undefined;
  return html`<details class="old">
    <summary>
      ${said(edits.length === 1 ? tell("Edited {0}: what it said before", last.at) : tell("Edited {0} times, last {1}: what it said before", figureIn(edits.length), last.at), reading)}
    </summary>
    <ul>
      ${edits
        .toReversed()
        .flatMap(({ at, changes }) =>
          changes.map(
            ({ field, was }) =>
              html`<li>
                ${said(tell("{0}, until {1}:", t(fieldNames[field]), at), reading)} ${value(was, components, reading)}
              </li>`,
          ),
        )}
    </ul>
  </details>`;
}

/** What an update said before; undefined when it says what it always said. */
export function oldTexts({ before = [] }: PublicUpdate, reading: Reading): SafeHtml | undefined {
  const last = before.at(-1);
  if (last === undefined) return undefined;
  return html`<details class="old">
    <summary>${said(tell("Edited {0}: what it said before", last.until), reading)}</summary>
    <ul>
      ${before.toReversed().map(
        ({ text, until }) =>
          html`<li>
            ${said(tell("Until {0}:", until), reading)}
            <div class="md" dir="auto">${markdown(text)}</div>
          </li>`,
      )}
    </ul>
  </details>`;
}
