import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);

/** How heavy a style's letters are. Each weight is a file of its own, so nothing is ever emboldened falsely. */
export type CaptionWeight = "regular" | "medium" | "semibold" | "heavy";

const INTER: Readonly<Record<CaptionWeight, string>> = {
  regular: "400Regular/Inter_400Regular.ttf",
  medium: "500Medium/Inter_500Medium.ttf",
  semibold: "600SemiBold/Inter_600SemiBold.ttf",
  heavy: "800ExtraBold/Inter_800ExtraBold.ttf",
};

const NOTO_SANS_HANS: Readonly<Record<CaptionWeight, string>> = {
  regular: "NotoSansHans-Regular.otf",
  medium: "NotoSansHans-Medium.otf",
  semibold: "NotoSansHans-Bold.otf",
  heavy: "NotoSansHans-Bold.otf",
};

/** Inter by Rasmus Andersson (OFL-1.1): Latin, Greek, Cyrillic, Vietnamese. 0.3 MB a weight. */
export const interPath = (weight: CaptionWeight): string =>
  path.join(packageDirectory("@expo-google-fonts/inter"), INTER[weight]);

/** Noto Sans Hans (OFL-1.1): Chinese, Japanese kana and kanji. No Hangul, no Thai. 8 MB a weight. */
export const notoSansHansPath = (weight: CaptionWeight): string =>
  path.join(packageDirectory("@embedpdf/fonts-sc"), "..", "fonts", NOTO_SANS_HANS[weight]);

/** Found through the package's entry, since its font files stand outside `exports`. */
const packageDirectory = (name: string): string => path.dirname(require.resolve(name));
