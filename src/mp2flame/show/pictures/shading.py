"""One light rig and one material for both renderers, in NumPy and in GLSL.

Lights are fixed to the camera. Frame of the shading: x right, y up, z towards the viewer. Colours are
linear; the result is encoded as sRGB. The material is a diffuse surface whose light wraps around the
terminator, further in red than in blue, which is how skin looks (J. d'Eon, D. Luebke, "Advanced
techniques for realistic real-time skin rendering", GPU Gems 3, describe the effect; the wrap is the cheap
way to it), plus a Blinn-Phong highlight: broad and weak on skin, sharp and strong where gloss is 1.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...base.values import FloatArray, UInt8Array

Floats = npt.NDArray[np.float32]


def _unit(*xyz: float) -> Floats:
    v = np.array(xyz, np.float64)
    return (v / np.linalg.norm(v)).astype(np.float32)


def _rgb(*rgb: float) -> Floats:
    return np.array(rgb, np.float32)


KEY_DIR, KEY = _unit(-0.42, 0.52, 0.80), _rgb(0.88, 0.83, 0.77)
FILL_DIR, FILL = _unit(0.85, 0.05, 0.50), _rgb(0.20, 0.22, 0.25)
RIM_DIR, RIM = _unit(0.55, 0.45, -0.70), _rgb(0.70, 0.78, 0.90)
SKY, GROUND = _rgb(0.25, 0.26, 0.28), _rgb(0.16, 0.13, 0.12)
WRAP = _rgb(0.42, 0.20, 0.13)
SKIN_SPECULAR, SKIN_POWER = 0.055, 16
GLOSS_SPECULAR, GLOSS_POWER = 0.85, 128
DARKEST_SHINE = 14.0  # what is nearly black, the pupil or the depth of the mouth, has no highlight on it
INSIDE = _rgb(0.10, 0.035, 0.03)  # what is seen through the mouth or from under the neck is deep and red


def srgb_to_linear(colors: npt.ArrayLike) -> Floats:
    """0..255 sRGB to linear 0..1, float32."""
    c = np.asarray(colors, np.float32) / 255.0
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _make_table() -> UInt8Array:
    c = np.linspace(0, 1, 4096)
    s = np.where(c <= 0.0031308, c * 12.92, 1.055 * c ** (1 / 2.4) - 0.055)
    return np.round(s * 255).astype(np.uint8)


_TABLE = _make_table()


def linear_to_srgb8(linear: FloatArray) -> UInt8Array:
    """Linear 0..1 (clipped) to sRGB 0..255."""
    index = np.clip(linear, 0.0, 1.0) * np.float32(4095.0) + np.float32(0.5)
    return _TABLE[index.astype(np.uint16)]


def _power_of_two(x: Floats, exponent: int) -> Floats:
    while exponent > 1:
        x = x * x
        exponent //= 2
    return x


def shade(
    normal: Floats, to_eye: Floats, albedo: Floats, gloss: Floats, inside: npt.NDArray[np.bool_]
) -> Floats:
    """Linear colours of N surface points; all arrays are ``(3, N)`` or ``(N,)`` float32.

    Args:
        normal: unit, already turned to the viewer's side where the surface is seen from inside.
        to_eye: unit vectors to the camera.
        albedo: linear 0..1.
        gloss: 0 skin to 1 eye.
        inside: True where the back of a triangle is seen.
    """
    nx, ny, nz = normal
    matt = 1.0 - gloss
    key_cos = KEY_DIR[0] * nx + KEY_DIR[1] * ny + KEY_DIR[2] * nz
    fill_cos = np.maximum(FILL_DIR[0] * nx + FILL_DIR[1] * ny + FILL_DIR[2] * nz, 0)
    facing = np.clip(nx * to_eye[0] + ny * to_eye[1] + nz * to_eye[2], 0, 1)
    edge = 1.0 - facing
    rim = np.maximum(RIM_DIR[0] * nx + RIM_DIR[1] * ny + RIM_DIR[2] * nz, 0) + 0.25 * np.maximum(ny, 0)
    rim = rim * edge * edge * matt
    up = 0.5 * ny + 0.5
    half = to_eye + KEY_DIR[:, None]
    half_length = np.sqrt((half * half).sum(0))
    shine = np.clip((half[0] * nx + half[1] * ny + half[2] * nz) / half_length, 0, 1)
    broad = _power_of_two(shine, SKIN_POWER)
    sharp = _power_of_two(broad, GLOSS_POWER // SKIN_POWER)
    lit = np.clip(key_cos * 4.0 + 1.0, 0, 1)  # no highlight on the far side of the light
    lit *= np.clip(albedo[1] * np.float32(DARKEST_SHINE), 0, 1)
    specular = (matt * np.float32(SKIN_SPECULAR) * broad + gloss * np.float32(GLOSS_SPECULAR) * sharp) * lit
    outside = (~inside).astype(np.float32)
    out = np.empty_like(albedo)
    for c in range(3):
        wrap = matt * WRAP[c] + gloss * np.float32(0.1)
        key = np.maximum(key_cos + wrap, 0) / (1.0 + wrap)
        light = KEY[c] * key + FILL[c] * fill_cos + GROUND[c] + (SKY[c] - GROUND[c]) * up
        tint = outside + (1 - outside) * INSIDE[c]
        out[c] = tint * albedo[c] * (light + RIM[c] * rim) + outside * specular * KEY[c]
    return out


def _vec(v: Floats) -> str:
    return "vec3(" + ", ".join(f"{float(x):.8f}" for x in v) + ")"


def _glsl_power_of_two(name: str, exponent: int) -> str:
    """Repeated squaring in place: a software OpenGL driver pays dearly for pow."""
    return f"{name} *= {name}; " * (exponent.bit_length() - 1)


def glsl_shade() -> str:
    """The function `shade` above in GLSL, with the same arguments, and ``encode`` (linear to sRGB)."""
    return f"""
vec3 shade(vec3 n, vec3 e, vec3 albedo, float gloss, bool inside) {{
    float matt = 1.0 - gloss;
    float key_cos = dot({_vec(KEY_DIR)}, n);
    float fill_cos = max(dot({_vec(FILL_DIR)}, n), 0.0);
    float edge = 1.0 - clamp(dot(n, e), 0.0, 1.0);
    float rim = (max(dot({_vec(RIM_DIR)}, n), 0.0) + 0.25 * max(n.y, 0.0)) * edge * edge * matt;
    float up = 0.5 * n.y + 0.5;
    float shine = clamp(dot(normalize(e + {_vec(KEY_DIR)}), n), 0.0, 1.0);
    float broad = shine; {_glsl_power_of_two("broad", SKIN_POWER)}
    float sharp = broad; {_glsl_power_of_two("sharp", GLOSS_POWER // SKIN_POWER)}
    float lit = clamp(key_cos * 4.0 + 1.0, 0.0, 1.0) * clamp(albedo.g * {DARKEST_SHINE}, 0.0, 1.0);
    float specular = (matt * {SKIN_SPECULAR} * broad + gloss * {GLOSS_SPECULAR} * sharp) * lit;
    vec3 wrap = matt * {_vec(WRAP)} + gloss * vec3(0.1);
    vec3 key = max(vec3(key_cos) + wrap, vec3(0.0)) / (1.0 + wrap);
    vec3 light = {_vec(KEY)} * key + {_vec(FILL)} * fill_cos + mix({_vec(GROUND)}, {_vec(SKY)}, up);
    vec3 colour = albedo * (light + {_vec(RIM)} * rim);
    return inside ? {_vec(INSIDE)} * colour : colour + specular * {_vec(KEY)};
}}
vec3 encode(vec3 c) {{
    c = clamp(c, 0.0, 1.0);
    vec3 low = c * 12.92;
    vec3 high = 1.055 * pow(max(c, vec3(0.0031308)), vec3(1.0 / 2.4)) - 0.055;
    return mix(high, low, vec3(lessThanEqual(c, vec3(0.0031308))));
}}
"""
