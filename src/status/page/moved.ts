// Where an incident was that a watcher opened: it goes on under a number of its own.
import { html } from "../../lib/html.ts";
import type { Frame } from "../snapshot.ts";
import { layout } from "./layout.ts";
import { t } from "../tongue.ts";

export function renderMoved({ site, addresses }: Frame, number: number): string {
  return layout({
    site,
    title: t("Outage {0}", String(number)),
    description: t("This goes on as outage {0}", String(number)),
    status: "operational",
    root: "../",
    addresses,
    main: html`<div class="say operational">
      <h1>${t("This goes on as outage {0}", String(number))}</h1>
      <p>
        ${t("It was opened from another host while the one that writes this page could not be reached.")}
        <a href="${number}.html">${t("Outage {0}", String(number))}</a>
      </p>
    </div>`,
  });
}
