// `/api/openapi.json` and `/api/docs`: public, and made when somebody first asks.
import type { FastifyInstance } from "fastify";
import type { Desk } from "../engine/desk.ts";
import { secureHeaders, secureHeadersOf } from "./public.ts";

const headers = { ...secureHeaders, "Cache-Control": "public, max-age=300" };

export function docsRoutes(app: FastifyInstance, desk: Desk): void {
  let document: string | undefined;
  let page: string | undefined;
  app.get("/api/openapi.json", async (_request, reply) => {
    if (document === undefined) {
      const { openApiDocument } = await import("./openapi.ts");
      document = JSON.stringify(openApiDocument(desk.site.name, desk.site.url));
    }
    const send = reply.headers(headers).header("Access-Control-Allow-Origin", "*");
    return send.type("application/json; charset=utf-8").send(document);
  });
  app.get("/api/docs", async (_request, reply) => {
    if (page === undefined) {
      const { renderDocs } = await import("./docs-page.ts");
      page = renderDocs(desk.site);
    }
    return reply
      .headers({ ...headers, ...secureHeadersOf(desk.site) })
      .type("text/html; charset=utf-8")
      .send(page);
  });
}
