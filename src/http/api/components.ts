// Components: what users can name, and how each stands now.
import { z } from "zod";
import { everything } from "../../components/shown-components.ts";
import { readSnapshot } from "../../status/read-snapshot.ts";
import { ComponentItem } from "../contract.ts";
import { answered, nothing, route, type Route } from "../route.ts";

const list = route({
  method: "GET",
  path: "/api/v1/components",
  tag: "components",
  summary: "List all components, in the order of the config, with what the page says of each",
  scope: "read",
  params: nothing,
  query: nothing,
  body: nothing,
  answers: { 200: z.array(ComponentItem) },
  problems: [],
  async answer(desk) {
    const { components } = await readSnapshot(desk, { site: desk.site, shown: everything }, desk.clock.now(), 0);
    const body = components.map(({ id, name, group, description, status }) => ({
      id,
      name,
      group: group ?? null,
      description: description ?? null,
      status,
    }));
    return answered(200, body);
  },
});

export const componentRoutes: readonly Route[] = [list];
