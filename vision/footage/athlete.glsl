// The athlete: distance to him, the light he blocks, and (in picture tiles) his surface.
// Each tile of the picture or the floor names the few parts that can matter there. A software rasteriser runs both
// sides of a branch, so work is saved by short loops, and what is costly and rare (the head) has its own variant.

const int SKIN = 0, SHIRT = 1, SLEEVE = 2, SHORTS = 3, SHORTS_LEG = 4, SOCK = 5, SHOE = 6, HEAD = 7;
const float FAR = 14.0, NEAR_BOUND = 0.075; // more than any join

uniform vec4 capsules[2 * CAPSULES]; // start and its radius, end and its radius
uniform ivec4 parts[PARTS]; // first capsule, end, material, group of joined parts
uniform vec4 shapes[PARTS]; // blend, join, radius of the bound
uniform vec4 clips[PARTS]; // plane that cuts the part; zero normal for none
uniform vec4 bounds[2 * PARTS]; // axis of the bound
uniform mat4 frames[PARTS]; // from the room into the part
uniform int tile_parts[2 * PARTS]; // what a tile sees, then what can block its light
uniform int seen_count;
uniform int blocking_count;
uniform int head; // the head's index
uniform vec2 march_range;

float smooth_min(float a, float b, float k) {
    float h = max(k - abs(a - b), 0.0) / max(k, 1e-5);
    return min(a, b) - 0.25 * h * h * k;
}

float smooth_max(float a, float b, float k) { return -smooth_min(-a, -b, k); }

float capsule(vec3 p, vec4 a, vec4 b) {
    vec3 line = b.xyz - a.xyz, q = p - a.xyz;
    float h = clamp(dot(q, line) / max(dot(line, line), 1e-8), 0.0, 1.0);
    // The radius levels off at both ends, so that no crease shows where the caps begin.
    return length(q - line * h) - mix(a.w, b.w, h * h * (3.0 - 2.0 * h));
}

float ellipsoid(vec3 p, vec3 radii) {
    float a = length(p / radii), b = length(p / (radii * radii));
    return a * (a - 1.0) / max(b, 1e-6);
}

vec3 local(int part, vec3 p) { return (frames[part] * vec4(p, 1.0)).xyz; }

float face(vec3 p) {
    vec3 q = vec3(p.xy, abs(p.z));
    float d = ellipsoid(p - vec3(-0.012, 0.040, 0.0), vec3(0.097, 0.090, 0.076));
    d = smooth_min(d, capsule(p, vec4(0.032, -0.005, 0.0, 0.062), vec4(0.046, -0.078, 0.0, 0.036)), 0.035);
    d = smooth_min(d, capsule(q, vec4(-0.006, -0.042, 0.046, 0.022), vec4(0.056, -0.088, 0.010, 0.020)), 0.028);
    d = smooth_min(d, length(q - vec3(0.060, -0.016, 0.038)) - 0.022, 0.022); // cheekbone
    d = smooth_min(d, capsule(q, vec4(0.080, 0.030, 0.008, 0.012), vec4(0.068, 0.032, 0.042, 0.011)), 0.016); // brow
    d = smooth_max(d, -(length(q - vec3(0.099, 0.012, 0.030)) - 0.014), 0.014); // eye socket
    d = smooth_min(d, length(q - vec3(0.074, 0.012, 0.029)) - 0.0135, 0.004); // eyeball and lids
    d = smooth_min(d, capsule(p, vec4(0.084, 0.018, 0.0, 0.008), vec4(0.108, -0.020, 0.0, 0.0105)), 0.012); // nose
    d = smooth_min(d, capsule(q, vec4(0.098, -0.024, 0.009, 0.008), vec4(0.092, -0.022, 0.012, 0.007)), 0.007);
    d = smooth_min(d, capsule(q, vec4(0.088, -0.047, 0.0, 0.009), vec4(0.078, -0.050, 0.017, 0.005)), 0.007); // lips
    d = smooth_min(d, capsule(q, vec4(0.085, -0.057, 0.0, 0.009), vec4(0.077, -0.056, 0.014, 0.005)), 0.006);
    d = smooth_min(d, length(p - vec3(0.074, -0.092, 0.0)) - 0.018, 0.016); // chin
    vec3 ear = q - vec3(-0.012, 0.004, 0.078);
    ear.xz = mat2(0.88, -0.47, 0.47, 0.88) * ear.xz;
    float shell = ellipsoid(ear, vec3(0.019, 0.031, 0.010));
    shell = smooth_max(shell, -ellipsoid(ear - vec3(0.002, 0.004, 0.010), vec3(0.011, 0.020, 0.008)), 0.006);
    return smooth_min(d, shell, 0.006);
}

float hair(vec3 p) {
    float d = ellipsoid(p - vec3(-0.016, 0.046, 0.0), vec3(0.106, 0.098, 0.083));
    d = smooth_min(d, ellipsoid(p - vec3(0.040, 0.108, 0.006), vec3(0.058, 0.032, 0.058)), 0.03); // longer on top
    // Cut away: the face, the ear and what lies below it, the nape.
    float bare = -ellipsoid(p - vec3(0.100, -0.050, 0.0), vec3(0.098, 0.122, 0.130));
    float ear = min(p.x + 0.024, 0.008 - p.y);
    float nape = -(p.y + 0.052) - 0.20 * (p.x + 0.05);
    return smooth_max(d, smooth_max(bare, max(ear, nape), 0.012), 0.010);
}

// Distance to the listed parts, and which of them is nearest.
float map(vec3 p, int first, int last, out int nearest) {
    float d = FAR, group = FAR, closest = FAR;
    int open_group = -1;
    nearest = -1;
    for (int n = first; n < last; n++) {
        int i = tile_parts[n];
        ivec4 part = parts[i];
        vec4 shape = shapes[i];
        if (part.w != open_group) {
            d = min(d, group);
            group = FAR;
            open_group = part.w;
        }
        vec3 line = bounds[2 * i + 1].xyz - bounds[2 * i].xyz, q = p - bounds[2 * i].xyz;
        float h = clamp(dot(q, line) / max(dot(line, line), 1e-8), 0.0, 1.0);
        float outside = length(q - line * h) - shape.z, own = FAR;
        int end = outside > NEAR_BOUND ? part.x : part.y;
        for (int c = part.x; c < end; c++) {
            own = smooth_min(own, capsule(p, capsules[2 * c], capsules[2 * c + 1]), shape.x);
        }
        own = outside > NEAR_BOUND ? outside : smooth_max(own, dot(p, clips[i].xyz) + clips[i].w, 0.008);
        if (own < closest) {
            closest = own;
            nearest = i;
        }
        group = smooth_min(group, own, shape.y);
    }
    return min(d, group);
}

float blocking(vec3 p) {
    int ignored;
    return map(p, PARTS, PARTS + blocking_count, ignored);
}

// How much of the key light reaches a point, with a penumbra that widens with distance.
float key_shadow(vec3 p, float start, bool wanted) {
    float lit = 1.0, t = start;
    for (int i = 0; i < 22; i++) {
        if (!wanted || t > 2.2 || lit <= 0.0) break;
        float d = blocking(p + key_direction * t);
        lit = min(lit, 0.5 + 0.5 * d / (0.075 * t + 0.004));
        t += clamp(abs(d), 0.022, 0.40);
    }
    lit = clamp(lit, 0.0, 1.0);
    return lit * lit * (3.0 - 2.0 * lit);
}

float occlusion(vec3 p, vec3 n, float reach, bool wanted) {
    float blocked = 0.0, weight = 1.0;
    for (int i = 1; i <= 5; i++) {
        if (!wanted) break;
        float h = reach * float(i * i) / 25.0;
        blocked += weight * max(h - blocking(p + n * h), 0.0) / h;
        weight *= 0.72;
    }
    return clamp(1.0 - blocked * 0.36, 0.0, 1.0);
}

#ifdef FLOOR_TILE
uniform vec4 floor_area; // corner and size, in x and z
uniform vec2 floor_resolution;

out vec4 fragment;

void main() {
    vec2 place = floor_area.xy + floor_area.zw * gl_FragCoord.xy / floor_resolution;
    vec3 p = vec3(place.x, 0.008, place.y);
    fragment = vec4(key_shadow(p, 0.008, true), occlusion(p, vec3(0.0, 1.0, 0.0), 0.42, true), 0.0, 1.0);
}
#else

out vec4 fragment;

float seen(vec3 p, out int nearest) {
    float d = map(p, 0, seen_count, nearest);
#ifdef WITH_HEAD
    vec3 q = local(head, p);
    float outside = length(q) - 0.165;
    float own = outside > 0.03 ? outside : min(face(q), hair(q));
    if (own < d) nearest = head;
    d = min(d, own);
#endif
    return d;
}

vec3 surface_normal(vec3 p, bool wanted) {
    vec3 sum = vec3(0.0, 1e-6, 0.0);
    for (int i = 0; i < 4; i++) {
        if (!wanted) break;
        int ignored;
        vec3 corner = 2.0 * vec3(((i + 3) >> 1) & 1, (i >> 1) & 1, i & 1) - 1.0;
        sum += corner * seen(p + 0.0006 * corner, ignored);
    }
    return normalize(sum);
}

float folds(vec3 q) {
    float slow = noise(q * vec3(13.0, 8.0, 11.0) + 2.0 * noise(q * 6.0));
    float ridge = 1.0 - abs(2.0 * noise(q * vec3(12.0, 17.0, 8.0) + 1.2 * slow) - 1.0);
    return 0.6 * slow + 0.4 * ridge * ridge * ridge;
}

vec3 cloth_normal(vec3 n, int part, vec3 p, float height) {
    vec3 q = local(part, p);
    vec2 e = vec2(0.006, 0.0);
    float here = folds(q);
    vec3 slope = vec3(folds(q + e.xyy), folds(q + e.yxy), folds(q + e.yyx)) - here;
    slope = transpose(mat3(frames[part])) * slope / e.x * height;
    return normalize(n - (slope - n * dot(slope, n)));
}

struct Surface {
    vec3 colour;
    float shine;
    float soft; // light that wraps around, tinted by blood
};

Surface paint_face(vec3 q) {
    vec3 m = vec3(q.xy, abs(q.z));
    if (hair(q) < face(q)) {
        float strand = noise(vec3(q.x * 60.0, q.y * 60.0, q.z * 260.0));
        return Surface(vec3(0.040, 0.023, 0.013) * (0.55 + 0.9 * strand), 0.22, 0.0);
    }
    vec3 skin = vec3(0.60, 0.335, 0.225);
    float flush = exp(-dot(m - vec3(0.07, -0.025, 0.04), m - vec3(0.07, -0.025, 0.04)) / 0.0009);
    skin = mix(skin, vec3(0.60, 0.25, 0.18), 0.40 * flush);
    // Shaved jaw.
    skin = mix(skin, vec3(0.36, 0.235, 0.185), 0.45 * smoothstep(-0.030, -0.060, q.y) * smoothstep(-0.03, 0.02, q.x));
    vec2 mouth = vec2((q.y + 0.0525) / 0.0085, q.z / 0.022);
    skin = mix(skin, vec3(0.44, 0.17, 0.145), 0.75 * (1.0 - smoothstep(0.7, 1.1, length(mouth))) * step(0.06, q.x));
    skin *= 1.0 - 0.6 * exp(-pow((q.y + 0.0525) / 0.0013, 2.0)) * step(abs(q.z), 0.020) * step(0.06, q.x);
    float arch = q.y - 0.034 - 0.004 * cos((m.z - 0.030) * 90.0);
    float brow = (1.0 - smoothstep(0.0035, 0.0058, abs(arch))) * smoothstep(0.011, 0.016, m.z)
                 * (1.0 - smoothstep(0.044, 0.051, m.z)) * step(0.03, q.x);
    skin = mix(skin, vec3(0.05, 0.03, 0.02), 0.85 * brow);
    float shine = 0.10;
    vec2 eye_at = vec2((m.z - 0.030) / 0.0145, (q.y - 0.0125) / 0.0062);
    if (q.x > 0.05 && length(eye_at) < 1.15) {
        vec2 iris = vec2(m.z - 0.0305, q.y - 0.0125);
        vec3 white = vec3(0.62, 0.60, 0.58);
        vec3 eyeball = mix(vec3(0.11, 0.065, 0.035), white, smoothstep(0.0050, 0.0062, length(iris)));
        eyeball *= smoothstep(0.0018, 0.0026, length(iris)) * 0.9 + 0.1;
        skin = mix(eyeball, vec3(0.10, 0.055, 0.04), smoothstep(0.80, 1.0, length(eye_at)));
        shine = 0.5;
    }
    return Surface(skin, shine, 1.0);
}

Surface paint(int part, vec3 p) {
    vec3 q = local(part, p);
    int material = parts[part].z;
    if (material == HEAD) return paint_face(q);
    if (material == SKIN) {
        float mottle = noise(q * 34.0) * 0.6 + noise(q * 120.0) * 0.4;
        return Surface(vec3(0.60, 0.345, 0.235) * (0.93 + 0.14 * mottle), 0.12, 1.0);
    }
    if (material == SHIRT || material == SLEEVE) {
        float weave = 0.92 + 0.16 * noise(q * 420.0);
        vec3 colour = vec3(0.035, 0.155, 0.42);
        if (material == SLEEVE) colour = mix(colour, vec3(0.62, 0.64, 0.66), smoothstep(0.1290, 0.1305, q.x));
        if (material == SHIRT) {
            // A light collar.
            colour = mix(colour, vec3(0.62, 0.64, 0.66), smoothstep(0.083, 0.081, length(q.xz + vec2(0.010, 0.0))) * step(0.2, q.y));
        }
        return Surface(colour * weave, 0.03, 0.0);
    }
    if (material == SHORTS || material == SHORTS_LEG) {
        vec3 colour = vec3(0.030, 0.032, 0.038) * (0.9 + 0.2 * noise(q * 300.0));
        if (material == SHORTS_LEG) {
            float stripe = smoothstep(0.022, 0.019, abs(q.y)) * step(0.03, q.z);
            colour = mix(colour, vec3(0.40, 0.42, 0.45), stripe * smoothstep(0.019, 0.017, abs(q.y)));
        }
        return Surface(colour, 0.05, 0.0);
    }
    if (material == SOCK) {
        float rib = 0.9 + 0.1 * sin(q.y * 900.0 + q.z * 900.0);
        return Surface(vec3(0.66, 0.66, 0.65) * rib, 0.02, 0.0);
    }
    // Shoe: dark outsole, white midsole, coloured upper with a light stripe and laces.
    vec3 colour = vec3(0.62, 0.085, 0.035);
    float stripe = abs(q.x + 0.052 - 0.55 * (q.y - 0.045));
    colour = mix(colour, vec3(0.72), smoothstep(0.011, 0.009, stripe) * step(0.012, abs(q.z)));
    float lace = step(abs(q.z), 0.016) * step(0.045, q.y) * step(-0.10, q.x) * step(q.x, 0.01);
    colour = mix(colour, vec3(0.70), lace * step(0.45, fract(q.x * 62.0)));
    colour = mix(colour, vec3(0.05), smoothstep(0.092, 0.095, q.y - 0.25 * min(q.x + 0.12, 0.0)));
    float edge = q.y - 0.006 * smoothstep(-0.10, -0.17, q.x);
    colour = mix(vec3(0.74, 0.73, 0.70), colour, smoothstep(0.0225, 0.0240, edge));
    colour = mix(vec3(0.03), colour, smoothstep(0.0050, 0.0065, q.y));
    return Surface(colour, 0.14, 0.0);
}

vec3 shade(vec3 p, vec3 ray, int part, bool hit) {
    vec3 geometric = surface_normal(p, hit), n = geometric;
    int material = parts[part].z;
    float height = material == SHIRT || material == SLEEVE ? 0.0075 : 0.0055;
    if (material >= SHIRT && material <= SHORTS_LEG) n = cloth_normal(n, part, p, height);
    Surface surface = paint(part, p);
    float lit = key_shadow(p + geometric * 0.004, 0.004, hit && dot(geometric, key_direction) > -0.3);
    float open = occlusion(p, geometric, 0.16, hit);
    // The floor darkens what is close to it and faces it.
    open *= 1.0 - 0.45 * exp(-p.y * 7.0) * (0.5 - 0.5 * n.y);
    float facing = dot(n, key_direction);
    vec3 wrapped = vec3(max(facing, 0.0));
    if (surface.soft > 0.0) {
        vec3 width = vec3(0.26, 0.12, 0.08);
        wrapped = max((vec3(facing) + width) / (1.0 + width), 0.0);
    }
    vec3 light = KEY_COLOUR * wrapped * mix(vec3(lit), vec3(sqrt(lit), lit, lit), 0.6 * surface.soft);
    vec3 sky = mix(vec3(0.20, 0.20, 0.20), environment(n), 0.5 + 0.5 * n.y);
    vec3 occluded = mix(vec3(open), vec3(pow(open, 0.7), open, open), surface.soft);
    light += 0.80 * sky * occluded;
    vec3 middle = normalize(key_direction - ray);
    float fresnel = pow(1.0 - max(dot(n, -ray), 0.0), 4.0);
    vec3 colour = surface.colour * light;
    colour += surface.shine * lit * KEY_COLOUR * 0.35 * pow(max(dot(n, middle), 0.0), 28.0);
    colour += (0.10 + surface.shine) * 0.35 * fresnel * open * environment(reflect(ray, n)) * step(0.0, n.y + 0.4);
    return colour;
}

void main() {
    vec3 ray = camera_ray(gl_FragCoord.xy);
    float pixel = 2.0 / (resolution.y * focal); // its width, at distance 1
    float t = march_range.x, nearest_t = t, miss = FAR;
    int part = 0;
    for (int i = 0; i < 80; i++) {
        int nearest;
        float d = seen(eye + ray * t, nearest);
        if (d < miss * pixel * t) {
            miss = max(d, 0.0) / (pixel * t);
            nearest_t = t;
            part = nearest;
        }
        if (d < 0.1 * pixel * t || t > march_range.y) break;
        t += d * 0.92;
    }
    // A ray that passes within a pixel of him sees a part of his edge.
    float cover = 1.0 - smoothstep(0.25, 1.0, miss);
    vec3 colour = shade(eye + ray * nearest_t, ray, part, cover > 0.0);
    fragment = vec4(finish(colour, gl_FragCoord.xy), cover);
}
#endif
