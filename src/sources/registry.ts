// Every source type, by its name in the config.
import type { SourceProvider } from "../alerts/source.ts";
import { generic } from "./generic.ts";
import { httpProbe } from "./http-probe.ts";
import { jobs } from "./jobs.ts";

export const sources: Readonly<Record<string, SourceProvider>> = { generic, "http-probe": httpProbe, jobs };
