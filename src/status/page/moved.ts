// Where an incident was that a watcher opened: it goes on under a number of its own.
import { html } from "../../lib/html.ts";
import type { Frame } from "../snapshot.ts";
import { layout } from "./layout.ts";

export function renderMoved({ site, addresses }: Frame, number: number): string {
  return layout({
    site,
    title: `Outage ${number}`,
    description: `This goes on as outage ${number}.`,
    status: "operational",
    root: "../",
    addresses,
    main: html`<div class="say operational">
      <h1>This goes on as outage ${number}</h1>
      <p>
        It was opened from another host while the one that writes this page could not be reached.
        <a href="${number}.html">Outage ${number} tells all of it</a>.
      </p>
    </div>`,
  });
}
