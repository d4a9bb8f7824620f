// What every process tells of itself, under the names that Prometheus users know. Read when asked for; nothing runs in between.
import { Counter, Gauge, type Registry } from "prom-client";
import { ownVersion } from "../lib/own-version.ts";

/** None registers itself: the list is what the registry gets. */
const registers: Registry[] = [];

export function makeProcessMetrics(registry: Registry): void {
  const build = new Gauge({
    name: "tocsin_build_info",
    help: "1; its labels say which Tocsin runs on which Node.",
    labelNames: ["version", "node"],
    registers,
  });
  build.set({ version: ownVersion(), node: process.versions.node }, 1);
  const started = new Gauge({ name: "process_start_time_seconds", help: "When the process was started.", registers });
  started.set(performance.timeOrigin / 1_000);
  const memory = new Gauge({
    name: "process_resident_memory_bytes",
    help: "Memory of the process that is resident.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  const processor = new Counter({
    name: "process_cpu_seconds_total",
    help: "Processor time that the process has used.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const loop = new Counter({
    name: "tocsin_event_loop_active_seconds_total",
    help: "Time in which the event loop was at work. Its rate is the share of the one thread that is taken; at 1 everything waits.",
    registers,
    collect() {
      this.reset();
      this.inc(performance.eventLoopUtilization().active / 1_000);
    },
  });
  for (const metric of [build, started, memory, processor, loop]) registry.registerMetric(metric);
}
