// What a mirror shows at an old address: it has nobody who could answer 301, so the page itself leads on.
import { html, htmlText } from "../../lib/html.ts";
import { t } from "../tongue.ts";
import { spoken } from "../../lib/language.ts";

/** `path`: the file it stands in; `to`: another file of the same site. */
export function renderRedirect(path: string, to: string): string {
  const there = `${"../".repeat(path.split("/").length - 1)}${to}`;
  return htmlText(
    html`<!doctype html>
      <html lang="${spoken().tag}">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width,initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta http-equiv="refresh" content="${`0; url=${there}`}" />
          <link rel="canonical" href="${there}" />
          <title>${t("Moved")}</title>
        </head>
        <body>
          <p><a href="${there}">${t("This page has moved: read it here.")}</a></p>
        </body>
      </html> `,
  );
}
