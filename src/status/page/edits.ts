// What was changed after it was public: said with its time, and what it said before can be opened.
import { fieldWords } from "../../incidents/notice.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { markdown } from "../../lib/markdown.ts";
import type { Reading } from "../../lib/zones.ts";
import type { EditedValue, PublicComponent, PublicIncident, PublicUpdate } from "../snapshot.ts";
import { hitsIn, stateWord } from "../words.ts";
import { moment } from "./moments.ts";

function value(was: EditedValue, components: readonly PublicComponent[], reading: Reading): SafeHtml {
  if ("time" in was) return moment(was.time, reading);
  if ("impact" in was) {
    const hit = hitsIn(was.impact, components).map(({ name, status }) => `${name}: ${stateWord(status)}`);
    return html`<span dir="auto">${hit.join("; ")}</span>`;
  }
  const texts = was.texts.filter((text) => text.trim() !== "");
  if (texts.length === 0) return html`nothing`;
  return html`${texts.map((text) => html`<div class="md" dir="auto">${markdown(text)}</div>`)}`;
}

const capital = (words: string): string => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;

/** The changes of the notice, newest first; undefined when there were none. */
export function noticeEdits(
  { edits }: PublicIncident,
  components: readonly PublicComponent[],
  reading: Reading,
): SafeHtml | undefined {
  const last = edits.at(-1);
  if (last === undefined) return undefined;
  const times = edits.length === 1 ? "Edited" : `Edited ${edits.length} times, last`;
  return html`<details class="old">
    <summary>${times} ${moment(last.at, reading)}: what it said before</summary>
    <ul>
      ${edits
        .toReversed()
        .flatMap(({ at, changes }) =>
          changes.map(
            ({ field, was }) =>
              html`<li>
                ${capital(fieldWords[field])}, until ${moment(at, reading)}: ${value(was, components, reading)}
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
    <summary>Edited ${moment(last.until, reading)}: what it said before</summary>
    <ul>
      ${before.toReversed().map(
        ({ text, until }) =>
          html`<li>
            Until ${moment(until, reading)}:
            <div class="md" dir="auto">${markdown(text)}</div>
          </li>`,
      )}
    </ul>
  </details>`;
}
