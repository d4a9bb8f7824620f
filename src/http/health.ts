// Alive, ready, and how much waits: for probes, for a mirror that asks, for Prometheus.
import type { FastifyInstance } from "fastify";
import { readRecord } from "../db/record-store.ts";
import type { Desk } from "../engine/desk.ts";
import type { Pulse } from "../engine/loops.ts";
import { reasonOf } from "../lib/result.ts";
import { measure } from "./measure.ts";
import type { Metrics } from "./metrics.ts";

/** Names and states only: whoever may ask for /readyz may not read addresses or reasons of the team's systems. */
export function healthRoutes(app: FastifyInstance, desk: Desk, pulse: Pulse, metrics: Metrics): void {
  app.get("/healthz", async (_request, reply) =>
    reply.header("Access-Control-Allow-Origin", "*").header("Cache-Control", "no-store").send({ status: "ok" }),
  );
  app.get("/readyz", async (_request, reply) => {
    const database = await readRecord(desk.db).then(
      () => "ok",
      () => "failed",
    );
    const loops = [...pulse.troubles().keys()];
    const channels = [...desk.channels.values()]
      .filter(({ channel }) => channel.trouble?.() !== undefined)
      .map(({ id }) => id);
    const ready = database === "ok";
    return reply
      .code(ready ? 200 : 503)
      .header("Cache-Control", "no-store")
      .send({
        status: ready ? "ready" : "not ready",
        database,
        engine: pulse.leading() ? "leading" : "standing by",
        failing_loops: loops,
        troubled_channels: channels,
      });
  });
  app.get("/metrics", async (_request, reply) => {
    if (!pulse.leading()) metrics.jobs.standBy();
    await measure(desk, pulse, metrics).catch((thrown: unknown) =>
      desk.log.warn({ reason: reasonOf(thrown) }, "some metrics could not be read"),
    );
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
