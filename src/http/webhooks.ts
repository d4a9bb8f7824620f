// `POST /hooks/SOURCE`: the body as raw bytes into the inbox, then the answer.
import type { FastifyInstance, FastifyReply } from "fastify";
import type { SourceId } from "../config/names.ts";
import type { Desk } from "../engine/desk.ts";
import { receive } from "../engine/intake.ts";
import { brand } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { oneLine } from "../lib/text.ts";
import { problem } from "./problem.ts";

/** A larger body is refused with 413: no alert is a megabyte. */
export const bodyLimit = 1_048_576;

const mediaType = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(;|$)/;

export async function webhookRoutes(app: FastifyInstance, desk: Desk): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit }, (_request, body, done) => done(null, body));
    // Fastify answers 415 to a header that is no media type at all. Whoever sends that still has an outage to tell of.
    scope.addHook("onRequest", async ({ raw: { headers } }) => {
      if (!mediaType.test(headers["content-type"] ?? "")) delete headers["content-type"];
    });
    scope.post<{ Params: { source: string } }>("/hooks/:source", { bodyLimit }, async (request, reply) => {
      const { source } = request.params;
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const receipt = await receive(desk, brand<SourceId>(source), request.headers, body);
      return answer(desk, source, receipt, reply);
    });
  });
}

function answer(
  desk: Desk,
  source: string,
  receipt: Awaited<ReturnType<typeof receive>>,
  reply: FastifyReply,
): FastifyReply {
  switch (receipt.kind) {
    case "accepted":
      return reply.code(202).send({
        status: "accepted",
        alerts: receipt.alerts,
        ...(receipt.warnings.length === 0 ? {} : { warnings: receipt.warnings }),
      });
    case "rejected":
      return problem(
        reply,
        422,
        "not-understood",
        `the body was kept, but is not what "${source}" takes`,
        receipt.problems,
      );
    case "unauthorized":
      return problem(reply.header("WWW-Authenticate", "Bearer"), 401, "unauthorized", "the token is missing or wrong");
    case "unknown-source": {
      const known = [...desk.sources.values()].filter((each) => each.source.kind === "webhook").map((each) => each.id);
      // Ids of sources are not secrets: they stand in the sender's own settings.
      return problem(
        reply,
        404,
        "unknown-source",
        `there is no webhook source "${oneLine(source, 64)}"; ${suggest(source, known)}`,
      );
    }
  }
}
