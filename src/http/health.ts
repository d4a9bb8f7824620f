// Alive, ready, and how much waits: for probes, for a mirror that asks, for Prometheus.
import type { FastifyInstance } from "fastify";
import { isMigrated } from "../db/migrate.ts";
import type { Desk } from "../engine/desk.ts";
import type { Pulse } from "../engine/loops.ts";
import { second } from "../lib/clock.ts";
import { within } from "../lib/deadline.ts";
import { reasonOf } from "../lib/result.ts";
import { measure } from "./measure.ts";
import type { Metrics } from "./metrics.ts";

/** Names and states only: whoever may ask for /readyz may not read addresses or reasons of the team's systems. */
export function healthRoutes(app: FastifyInstance, desk: Desk, pulse: Pulse, metrics: Metrics): void {
  app.get("/healthz", async (_request, reply) =>
    reply.header("Access-Control-Allow-Origin", "*").header("Cache-Control", "no-store").send({ status: "ok" }),
  );
  app.get("/readyz", async (_request, reply) => {
    const { database, migrations } = await askDatabase(desk);
    const clock = pulse.clockOff() === undefined ? "ok" : "wrong";
    const hung = pulse.hung();
    const stopping = pulse.stopping();
    // A replica that stands by has no connections to be in trouble with.
    const channels = [...desk.channels.values()]
      .filter(({ channel }) => pulse.leading() && channel.trouble?.() !== undefined)
      .map(({ id }) => id);
    const ready = !stopping && migrations === "ok" && clock === "ok" && hung.length === 0;
    return reply
      .code(ready ? 200 : 503)
      .header("Cache-Control", "no-store")
      .send({
        status: ready ? "ready" : stopping ? "stopping" : "not ready",
        database,
        migrations,
        clock,
        engine: pulse.leading() ? "leading" : "standing by",
        hung_loops: hung,
        failing_loops: [...pulse.troubles().keys()],
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

/** Who asks waits no longer than this. */
const longestAsk = 2 * second;

type Answers = {
  readonly database: "ok" | "failed";
  readonly migrations: "ok" | "missing" | "unknown";
};

async function askDatabase(desk: Desk): Promise<Answers> {
  try {
    const migrated = await within(longestAsk, isMigrated(desk.db), "the database does not answer");
    return { database: "ok", migrations: migrated ? "ok" : "missing" };
  } catch {
    return { database: "failed", migrations: "unknown" };
  }
}
