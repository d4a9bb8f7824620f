// The page for an address that leads nowhere. It is the same for what never was and for what is not public.
import { html, safeUrl } from "../../lib/html.ts";
import type { PublicSite } from "../snapshot.ts";
import { layout } from "./layout.ts";
import { t } from "../tongue.ts";

/** Its depth is not known, so its links are absolute. */
export function renderMissing(site: PublicSite): string {
  const root = `${safeUrl(site.url)?.replace(/\/$/u, "") ?? ""}/`;
  return layout({
    site,
    title: t("No such page"),
    description: t("There is nothing at this address."),
    status: "unknown",
    root,
    main: html`<div class="say unknown">
      <h1>${t("No such page")}</h1>
      <p>${t("There is nothing at this address.")} <a href="${root}">${t("What works and what does not, now")}</a></p>
    </div>`,
  });
}
