// What a reader sees of a page that asks for a token. It says nothing of what is behind it but its name.
import { html, safeUrl } from "../../lib/html.ts";
import type { PublicSite } from "../snapshot.ts";
import { layout } from "./layout.ts";
import { t } from "../tongue.ts";

/** `slow`: too many wrong ones came from their address. */
export function renderDoor(site: PublicSite, about: { readonly wrong: boolean; readonly slow: boolean }): string {
  // Its depth is not known, so its links are absolute.
  const root = `${safeUrl(site.url)?.replace(/\/$/u, "") ?? ""}/`;
  const words = about.slow
    ? t("Too many wrong tokens came from your address. Please wait a minute.")
    : about.wrong
      ? t("That was not the right token.")
      : t("Whoever runs this service gives it to those whom it concerns.");
  return layout({
    site,
    title: t("This page asks for a token"),
    description: t("This status page is not public."),
    status: "unknown",
    root,
    main: html`<div class="say unknown">
        <h1>${t("This page asks for a token")}</h1>
        <p role="${about.wrong || about.slow ? "alert" : "status"}">${words}</p>
      </div>
      <form method="post" action="${root}enter">
        <label for="token">${t("Token")}</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required />
        <button>${t("Enter")}</button>
      </form>`,
  });
}
