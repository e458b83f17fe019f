/** A production and what its event stream tells of it. Pure. */
import type { StreamEvent } from "../../api/parse-events.ts";
import type { Production, Scene, State } from "../../api/types.ts";

/** null: the event tells of something that only a new look at the production can show. */
export function applyEvent(production: Production, { type, data, id }: StreamEvent): Production | null {
  const next = { ...production, lastEventId: id ?? production.lastEventId };
  switch (type) {
    case "state": {
      const status = data["state"] as State;
      const isEnd = status === "succeeded" || status === "failed" || status === "canceled";
      return isEnd ? null : { ...next, status };
    }
    case "planned":
      return null;
    case "progress":
      return withProgress(next, data);
    case "scene":
      return {
        ...next,
        scenes: next.scenes.map((scene) =>
          scene.id === data["id"] ? withScene(next.id, scene, data) : scene,
        ),
      };
    case "succeeded":
    case "failed":
      return null;
    default:
      return next;
  }
}

function withProgress(production: Production, data: StreamEvent["data"]): Production {
  const framesRendered = data["framesRendered"] as number;
  const framesTotal = data["framesTotal"] as number;
  return {
    ...production,
    framesRendered,
    framesTotal,
    fps: data["fps"] as number | null,
    etaSeconds: data["etaSeconds"] as number | null,
    progress: framesTotal === 0 ? 0 : Math.min(0.999, framesRendered / framesTotal),
  };
}

function withScene(production: string, scene: Scene, data: StreamEvent["data"]): Scene {
  const thumbnail = data["thumbnail"];
  return {
    ...scene,
    status: data["status"] as Scene["status"],
    framesRendered: data["framesRendered"] as number,
    framesTotal: data["framesTotal"] as number,
    attempt: data["attempt"] as number,
    cached: data["cached"] as boolean,
    thumbnailUrl:
      typeof thumbnail === "string"
        ? `/v1/productions/${production}/scenes/${scene.id}/thumbnail?of=${thumbnail}`
        : scene.thumbnailUrl,
  };
}
