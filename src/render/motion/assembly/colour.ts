// BT.709, limited range, as Q15 factors of 8-bit sRGB components (Kr 0.2126, Kg 0.7152, Kb 0.0722).
// Each chroma triple sums to exactly 0 so that grey stays at 128; the luma triple to 219/255.
export const Y_RED: i16 = 5983;
export const Y_GREEN: i16 = 20127;
export const Y_BLUE: i16 = 2032;
export const U_RED: i16 = -3298;
export const U_GREEN: i16 = -11094;
export const U_BLUE: i16 = 14392;
export const V_RED: i16 = 14392;
export const V_GREEN: i16 = -13073;
export const V_BLUE: i16 = -1319;
export const COLOUR_BITS: i32 = 15;
