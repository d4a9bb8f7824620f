// A badge of a component that there is not: an image too, since it stands where one was expected.
import { inTongueOf } from "../status/tongue.ts";
import type { FastifyInstance } from "fastify";
import { nearest } from "../lib/nearest.ts";
import { renderNoBadge } from "../status/badge.ts";
import type { Pages } from "./pages.ts";
import { secureHeaders } from "./public.ts";

export function badgeRoutes(app: FastifyInstance, pages: Pages): void {
  app.get<{ Params: { readonly file: string } }>("/badge/:file", async (request, reply) => {
    const asked = request.params.file.replace(/\.svg$/u, "");
    const { snapshot } = await pages.of(request.raw).cache.site();
    const ids = snapshot.components.map(({ id }) => id);
    reply
      .code(404)
      .headers({ ...secureHeaders, "Cache-Control": "no-store" })
      .type("image/svg+xml; charset=utf-8");
    return inTongueOf(snapshot.site, () => renderNoBadge(asked, nearest(asked, ids)));
  });
}
