// Asks a URL whether it is well, every so often; confirms before it alarms.
import { z } from "zod";
import { defineSource } from "../alerts/source.ts";
import { checkQuestion, exchangeOf, question } from "./exchange.ts";
import { probing, timing } from "./probe.ts";

const Config = z.strictObject({ ...timing, ...question }).superRefine(checkQuestion);

export const httpProbe = defineSource(
  Config,
  (config) => [{ component: config.component, path: ["component"] }],
  ({ id, config }, { clock }) => {
    const { host } = new URL(config.url);
    return probing({ id, config, name: host, labels: { url: host }, ask: exchangeOf(config) }, clock);
  },
  "response_time",
);
