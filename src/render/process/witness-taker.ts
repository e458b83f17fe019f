/** Looks at some frames of a chunk while it is painted: first, middle, last, and inside its captions. */
import { type Area, areaSignature, frameSignature, type LumaPlane } from "../assemble/luma-signature.ts";
import { MOST_CAPTION_WITNESSES, spread, type Witness } from "../assemble/witness.ts";
import type { FrameView } from "../motion/frame.ts";
import type { ChunkPlan } from "../plan.ts";

interface Place {
  readonly frame: number;
  readonly area: Area;
}

export class WitnessTaker {
  readonly taken: Witness[] = [];
  readonly #plan: ChunkPlan;
  readonly #frames: ReadonlySet<number>;
  readonly #places: readonly Place[];
  readonly #bare = new Map<Place, string>();

  constructor(captionPlaces: readonly Place[], plan: ChunkPlan) {
    this.#plan = plan;
    this.#frames = new Set([0, plan.frameCount >> 1, plan.frameCount - 1]);
    this.#places = spread(captionPlaces, MOST_CAPTION_WITNESSES);
  }

  /** Call with the frame before captions are laid over it. */
  takeBare(frame: number, view: FrameView): void {
    for (const place of this.#places) {
      if (place.frame === frame) this.#bare.set(place, areaSignature(this.#planeOf(view), place.area));
    }
  }

  take(frame: number, view: FrameView): void {
    const plane = this.#planeOf(view);
    if (this.#frames.has(frame))
      this.taken.push({ frame, area: null, painted: frameSignature(plane), bare: null });
    for (const place of this.#places) {
      if (place.frame !== frame) continue;
      const painted = areaSignature(plane, place.area);
      this.taken.push({ frame, area: place.area, painted, bare: this.#bare.get(place) ?? painted });
    }
  }

  #planeOf(view: FrameView): LumaPlane {
    const { width, height } = this.#plan.format;
    return { data: view.y, stride: view.yStride, width, height };
  }
}
