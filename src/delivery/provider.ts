// What every plug-in declares, whatever it speaks to: the strict schema of its own keys in the config.
import type { z } from "zod";

export type Provider = {
  /** A strict zod object, each key with a description; without `id` and `type`, which the config itself reads. */
  readonly config: z.ZodType;
};
