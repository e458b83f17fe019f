/** Clouds as flat layers in perspective, lit from the side by a low sun. */
import { add, blend, type Rgb, scale } from "./hdr.ts";
import { clamp, type Noise, smoothstep } from "./noise.ts";

export interface CloudLayer {
  readonly noise: Noise;
  /** Larger = higher: smaller, slower features. */
  readonly altitude: number;
  /** Features per unit of ground, across and along the view. Unequal = streaks. */
  readonly frequency: readonly [x: number, y: number];
  /** 0 clear .. 1 overcast. */
  readonly cover: number;
  readonly softness: number;
  /** How solid: 0..1. */
  readonly opacity: number;
  readonly lit: Rgb;
  readonly shade: Rgb;
}

/**
 * @param across view direction, 0 = centre, in picture heights
 * @param up     elevation above the horizon, in picture heights
 * @param sun    direction of the sun, same units
 */
export function overlayClouds(
  sky: Rgb,
  layer: CloudLayer,
  across: number,
  up: number,
  sun: { readonly x: number; readonly y: number },
): Rgb {
  if (up <= 0.004) return sky;
  const range = layer.altitude / (up + 0.045);
  const u = across * range * layer.frequency[0];
  const v = range * layer.frequency[1];
  const density = densityAt(layer, u, v);
  if (density <= 0.002) return sky;
  // Towards the sun on the layer: more cloud on the way, less light.
  const towards = Math.atan2(0.35, sun.x - across);
  const stepX = Math.cos(towards) * 0.16;
  const stepY = Math.sin(towards) * 0.16;
  const blocked =
    densityAt(layer, u + stepX, v + stepY) * 0.6 + densityAt(layer, u + stepX * 2.4, v + stepY * 2.4) * 0.4;
  const light = Math.exp(-2.1 * blocked) * (0.55 + 0.45 * (1 - density)) + 0.08;
  const distance = Math.hypot(across - sun.x, (up - sun.y) * 1.25);
  const forward = 0.35 + 1.5 * Math.exp(-distance * 3.2) + 0.5 * Math.exp(-distance * 1.1);
  const cloud = add(layer.shade, layer.lit, light * forward);
  const haze = smoothstep(0, 0.16, up);
  return blend(
    sky,
    blend(add(scale(sky, 0.55), cloud, 0.45), cloud, haze),
    clamp(density * layer.opacity * (0.25 + 0.75 * haze)),
  );
}

function densityAt(layer: CloudLayer, u: number, v: number): number {
  const { noise } = layer;
  const warpX = noise.fbm(u * 0.6 + 9.1, v * 0.6 + 2.7, 3);
  const warpY = noise.fbm(u * 0.6 - 4.3, v * 0.6 + 7.9, 3);
  const body = noise.fbm(u + warpX * 0.9, v + warpY * 0.9, 6, 0.54) * 0.5 + 0.5;
  const large = noise.fbm(u * 0.22 + 3, v * 0.22 - 5, 3) * 0.32;
  return smoothstep(1 - layer.cover, 1 - layer.cover + layer.softness, body + large);
}
