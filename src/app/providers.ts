// The registries of plug-ins, in the shape that the config reader asks for.
import { channels } from "../channels/registry.ts";
import type { Registries } from "../config/plug-ins.ts";
import { incidentPublishers, publishers } from "../publishers/registry.ts";
import { sources } from "../sources/registry.ts";

export const registries: Registries = { channels, sources, publishers: { ...publishers, ...incidentPublishers } };
