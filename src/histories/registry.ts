// Every status page whose past can be brought along, by its name on the command line.
import { cstate } from "./cstate.ts";
import type { PastSource } from "../status/past-source.ts";

export const histories: Readonly<Record<string, PastSource>> = { cstate };
