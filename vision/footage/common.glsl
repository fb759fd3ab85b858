// What the room's and the athlete's passes share: camera, lights, noise.

uniform vec2 resolution;
uniform vec3 eye;
uniform mat3 view; // columns: right, up, forward
uniform float focal; // 1 / tan(half the vertical field of view)
uniform float frame_index;
uniform vec3 key_direction; // towards the key light

const vec3 KEY_COLOUR = vec3(2.55, 2.38, 2.12);
const float PI = 3.14159265;

vec3 camera_ray(vec2 pixel) {
    vec2 ndc = (2.0 * pixel - resolution) / resolution.y;
    return normalize(view * vec3(ndc, focal));
}

// Light from beyond the room: soft from above, daylight from the windows on the right, dim from the camera's side.
vec3 environment(vec3 direction) {
    vec3 light = mix(vec3(0.34, 0.32, 0.30), vec3(0.98, 0.98, 1.00), smoothstep(-0.2, 0.9, direction.y));
    light += vec3(0.50, 0.54, 0.60) * smoothstep(0.35, 0.95, direction.x);
    return light;
}

float hash(vec2 p) {
    vec3 q = fract(vec3(p.xyx) * 0.1031);
    q += dot(q, q.yzx + 33.33);
    return fract((q.x + q.y) * q.z);
}

float hash3(vec3 p) {
    p = fract(p * 0.1031);
    p += dot(p, p.zyx + 31.32);
    return fract((p.x + p.y) * p.z);
}

float noise(vec3 p) {
    vec3 cell = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    vec2 e = vec2(0.0, 1.0);
    return mix(
        mix(mix(hash3(cell), hash3(cell + e.yxx), f.x), mix(hash3(cell + e.xyx), hash3(cell + e.yyx), f.x), f.y),
        mix(mix(hash3(cell + e.xxy), hash3(cell + e.yxy), f.x),
            mix(hash3(cell + e.xyy), hash3(cell + e.yyy), f.x), f.y),
        f.z);
}

// Vignette, tone curve, gamma and a little grain.
vec3 finish(vec3 c, vec2 pixel) {
    vec2 centred = pixel / resolution - 0.5;
    c *= 0.60 * (1.0 - 0.45 * dot(centred, centred));
    c = clamp(c * (2.51 * c + 0.03) / (c * (2.43 * c + 0.59) + 0.14), 0.0, 1.0);
    return pow(c, vec3(1.0 / 2.2)) + (hash(pixel + 17.0 * frame_index) - 0.5) * 0.008;
}
