// Channels: a test message, said the way of every other.
import { z } from "zod";
import type { ChannelId } from "../../config/names.ts";
import { sendTest } from "../../engine/send-test.ts";
import { brand } from "../../lib/ids.ts";
import { suggest } from "../../lib/nearest.ts";
import { failed } from "../../lib/result.ts";
import { oneLine } from "../../lib/text.ts";
import { TestDone, TestInput } from "../contract.ts";
import { answered, nothing, route, type Route } from "../route.ts";

const test = route({
  method: "POST",
  path: "/api/v1/channels/{name}/test",
  tag: "channels",
  summary: "Say a marked test message on a channel, and wait for what becomes of it",
  scope: "respond",
  params: z.strictObject({ name: z.string().max(100).describe("The id of a channel in the config.") }),
  query: nothing,
  body: TestInput,
  answers: { 200: TestDone },
  problems: ["unknown-name"],
  async answer(desk, { params, body }) {
    const channel = brand<ChannelId>(params.name);
    if (!desk.channels.has(channel))
      return failed({
        code: "unknown-name",
        detail: `there is no channel "${oneLine(params.name, 64)}"; ${suggest(params.name, [...desk.channels.keys()])}`,
      });
    const { sent, attempts, reason } = await sendTest(desk, channel, body.text);
    return answered(200, { channel, sent, attempts, reason: reason ?? null });
  },
});

export const channelRoutes: readonly Route[] = [test];
