// The gym, sampled once per pass: the passes add up to soft shadows and indirect light, without the athlete.

uniform float sample_index;

layout(location = 0) out vec4 direct; // key light, and the distance along the ray
layout(location = 1) out vec4 ambient; // everything else

const float FAR = 14.0;
const float BACK_Z = -2.7, LEFT_X = -3.3;

const int FLOOR = 0, WALL = 1, SIDE_WALL = 2, MAT = 3, WOOD = 4, STEEL = 5, RUBBER = 6, RED = 7, YELLOW = 8, CHROME = 9,
          PLYWOOD = 10, BALL = 11, WHITE = 12;

float box(vec3 p, vec3 half_size, float radius) {
    vec3 q = abs(p) - half_size + radius;
    return length(max(q, 0.0)) + min(max(q.x, max(q.y, q.z)), 0.0) - radius;
}

float rod_x(vec3 p, float half_length, float radius) {
    vec2 q = vec2(length(p.yz) - radius, abs(p.x) - half_length);
    return length(max(q, 0.0)) + min(max(q.x, q.y), 0.0);
}

float rod_z(vec3 p, float half_length, float radius) { return rod_x(p.zyx, half_length, radius); }

float hexagon_z(vec3 p, float half_length, float radius) {
    vec2 q = abs(p.xy);
    float d = max(dot(q, vec2(0.8660254, 0.5)), q.y) - radius;
    return max(d, abs(p.z) - half_length);
}

void add(inout vec2 scene, float d, int material) {
    if (d < scene.x) scene = vec2(d, float(material));
}

void wall_bars(inout vec2 scene, vec3 p) {
    p -= vec3(-2.35, 0.0, BACK_Z + 0.09);
    if (box(p - vec3(0.0, 1.2, 0.0), vec3(0.55, 1.25, 0.1), 0.0) > 0.2) {
        add(scene, box(p - vec3(0.0, 1.2, 0.0), vec3(0.55, 1.25, 0.1), 0.0) - 0.05, WOOD);
        return;
    }
    vec3 q = vec3(abs(p.x) - 0.48, p.y - 1.2, p.z + 0.02);
    add(scene, box(q, vec3(0.022, 1.2, 0.065), 0.006), WOOD);
    float rung = clamp(round((p.y - 0.2) / 0.165), 0.0, 13.0);
    add(scene, rod_x(p - vec3(0.0, 0.2 + 0.165 * rung, 0.03), 0.48, 0.019), WOOD);
}

void dumbbell_rack(inout vec2 scene, vec3 p) {
    p -= vec3(1.30, 0.0, BACK_Z + 0.38);
    float bound = box(p - vec3(0.0, 0.45, 0.0), vec3(0.85, 0.48, 0.3), 0.0);
    if (bound > 0.2) {
        add(scene, bound - 0.05, STEEL);
        return;
    }
    vec3 q = vec3(abs(p.x) - 0.78, p.y, p.z);
    add(scene, box(q - vec3(0.0, 0.42, -0.06), vec3(0.025, 0.42, 0.03), 0.004), STEEL);
    add(scene, box(q - vec3(0.0, 0.02, 0.0), vec3(0.025, 0.02, 0.24), 0.004), STEEL);
    for (int shelf = 0; shelf < 2; shelf++) {
        vec3 s = p - vec3(0.0, 0.30 + 0.40 * float(shelf), 0.02);
        // Tilted towards the room.
        s.yz = mat2(0.956, 0.292, -0.292, 0.956) * s.yz;
        add(scene, box(vec3(s.x, s.y, abs(s.z) - 0.10), vec3(0.78, 0.022, 0.02), 0.004), STEEL);
        float slot = clamp(round(s.x / 0.225), -3.0, 3.0);
        float size = 0.074 - 0.005 * slot - 0.012 * float(shelf);
        vec3 d = s - vec3(slot * 0.225, size + 0.018, 0.0);
        add(scene, hexagon_z(vec3(d.xy, abs(d.z) - 0.115), 0.055, size) - 0.006, RUBBER);
        add(scene, rod_z(d, 0.10, 0.016), CHROME);
    }
}

void kettlebell(inout vec2 scene, vec3 p, float size, int material) {
    p /= size;
    float body = max(length(p - vec3(0.0, 0.098, 0.0)) - 0.105, -p.y);
    vec3 h = p - vec3(0.0, 0.205, 0.0);
    vec2 ring = vec2(length(vec2(h.x, max(h.y - 0.01, h.y * 0.75))) - 0.066, h.z);
    add(scene, max(body, -p.y) * size, material);
    add(scene, max(length(ring) - 0.0165, -h.y - 0.09) * size, material);
}

vec2 map(vec3 p) {
    vec2 scene = vec2(p.y, float(FLOOR));
    add(scene, p.z - BACK_Z, WALL);
    add(scene, p.x - LEFT_X, SIDE_WALL);
    add(scene, box(p - vec3(-0.4, 0.05, BACK_Z), vec3(3.5, 0.06, 0.018), 0.004), WHITE);
    add(scene, box(p - vec3(LEFT_X, 0.05, 0.0), vec3(0.018, 0.06, 3.5), 0.004), WHITE);
    add(scene, box(p - vec3(0.05, 0.005, 0.0), vec3(1.12, 0.007, 0.46), 0.004), MAT);
    wall_bars(scene, p);
    dumbbell_rack(scene, p);
    kettlebell(scene, p - vec3(-1.38, 0.0, -2.15), 1.15, RUBBER);
    kettlebell(scene, p - vec3(-1.06, 0.0, -2.22), 1.0, RED);
    kettlebell(scene, p - vec3(-0.79, 0.0, -2.25), 0.85, YELLOW);
    vec3 crate = p - vec3(-2.75, 0.25, -1.25);
    crate.xz = mat2(0.93, 0.37, -0.37, 0.93) * crate.xz;
    add(scene, max(box(crate, vec3(0.30, 0.25, 0.25), 0.006),
                   -rod_z(vec3(max(abs(crate.x) - 0.05, 0.0), crate.y - 0.10, crate.z), 1.0, 0.022)), PLYWOOD);
    add(scene, length(p - vec3(2.42, 0.155, -1.95)) - 0.155, BALL);
    // A band of windows under the ceiling, in a frame.
    vec3 w = p - vec3(-0.35, 2.06, BACK_Z);
    add(scene, max(box(w, vec3(1.42, 0.33, 0.035), 0.004), -box(w, vec3(1.36, 0.27, 0.2), 0.0)), WHITE);
    add(scene, box(vec3(abs(abs(w.x) - 0.453), w.y, w.z), vec3(0.018, 0.3, 0.03), 0.003), WHITE);
    return scene;
}

vec3 surface_normal(vec3 p) {
    vec2 e = vec2(0.0008, -0.0008);
    return normalize(e.xyy * map(p + e.xyy).x + e.yyx * map(p + e.yyx).x + e.yxy * map(p + e.yxy).x
                     + e.xxx * map(p + e.xxx).x);
}

vec2 march(vec3 origin, vec3 ray, float start, float end, int steps) {
    float t = start;
    for (int i = 0; i < steps && t < end; i++) {
        vec2 hit = map(origin + ray * t);
        if (hit.x < 0.0004 * (1.0 + t)) return vec2(t, hit.y);
        t += hit.x;
    }
    return vec2(end + 1.0, -1.0);
}

float window_pane(vec3 p) {
    vec2 q = abs(p.xy - vec2(-0.35, 2.06)) - vec2(1.36, 0.27);
    return step(max(q.x, q.y), 0.0) * step(p.z, BACK_Z + 0.01);
}

float pictogram(vec2 p) {
    // A barbell, on the side wall.
    p = abs(p);
    float d = max(p.x - 0.62, p.y - 0.025);
    d = min(d, max(abs(p.x - 0.36) - 0.05, p.y - 0.25));
    d = min(d, max(abs(p.x - 0.475) - 0.04, p.y - 0.17));
    return 1.0 - smoothstep(-0.004, 0.004, d);
}

vec3 wood(vec3 p, vec3 tone) {
    float grain = noise(vec3(p.x * 4.0, p.y * 90.0, p.z * 90.0)) * 0.6 + noise(p * vec3(9.0, 30.0, 30.0)) * 0.4;
    return tone * (0.80 + 0.34 * grain);
}

vec3 albedo(vec3 p, int material) {
    if (material == FLOOR) {
        // Rubber tiles with coloured flecks.
        vec2 tile = abs(fract(p.xz + vec2(0.25, 0.4)) - 0.5);
        float seam = smoothstep(0.4955, 0.4985, max(tile.x, tile.y));
        vec2 cell = floor(p.xz * 95.0);
        float fleck = hash(cell);
        vec3 colour = vec3(0.150, 0.155, 0.165) * (0.90 + 0.25 * noise(p * 2.3));
        colour = mix(colour, vec3(0.24, 0.25, 0.27), 0.55 * step(0.86, fleck));
        colour = mix(colour, vec3(0.12, 0.24, 0.34), 0.60 * step(0.965, fleck));
        return mix(colour, vec3(0.06), 0.7 * seam);
    }
    if (material == MAT) {
        vec2 edge = vec2(1.12, 0.46) - abs(p.xz - vec2(0.05, 0.0));
        float border = smoothstep(0.028, 0.031, min(edge.x, edge.y)) * smoothstep(0.041, 0.038, min(edge.x, edge.y));
        vec3 colour = vec3(0.045, 0.20, 0.22) * (0.86 + 0.28 * noise(p * vec3(160.0)));
        return mix(colour, vec3(0.25, 0.42, 0.42), 0.8 * border);
    }
    if (material == WALL || material == SIDE_WALL) {
        vec3 plaster = vec3(0.60, 0.585, 0.56) * (0.97 + 0.05 * noise(p * 9.0));
        if (material == WALL && window_pane(p) > 0.5) return vec3(0.0);
        float paint = 1.0 - smoothstep(1.046, 1.050, p.y);
        float line = smoothstep(1.080, 1.083, p.y) * (1.0 - smoothstep(1.108, 1.111, p.y));
        vec3 colour = mix(plaster, vec3(0.36, 0.42, 0.45) * (0.97 + 0.05 * noise(p * 9.0)), paint);
        colour = mix(colour, vec3(0.70, 0.27, 0.06), line);
        if (material == SIDE_WALL) colour = mix(colour, vec3(0.12, 0.15, 0.18), pictogram(p.zy - vec2(-1.15, 1.62)));
        return colour;
    }
    if (material == WOOD) return wood(p.yxz, vec3(0.52, 0.33, 0.17));
    if (material == PLYWOOD) return wood(p, vec3(0.56, 0.40, 0.23));
    if (material == STEEL) return vec3(0.055, 0.058, 0.065);
    if (material == RUBBER) return vec3(0.035);
    if (material == CHROME) return vec3(0.45);
    if (material == RED) return vec3(0.50, 0.05, 0.04);
    if (material == YELLOW) return vec3(0.70, 0.42, 0.03);
    if (material == WHITE) return vec3(0.68);
    // The medicine ball: two halves and a seam.
    vec3 q = p - vec3(2.42, 0.155, -1.95);
    float seam = 1.0 - smoothstep(0.006, 0.010, abs(q.x * 0.6 + q.y * 0.8 - 0.02));
    return mix(mix(vec3(0.10, 0.20, 0.34), vec3(0.06), step(0.0, q.x * 0.6 + q.y * 0.8 - 0.02)), vec3(0.5), seam);
}

float gloss(int material) {
    if (material == STEEL || material == RED || material == YELLOW) return 0.35;
    if (material == RUBBER || material == BALL) return 0.16;
    if (material == CHROME) return 0.6;
    if (material == FLOOR) return 0.05;
    return 0.08;
}

vec3 glow(vec3 p, int material) {
    // Daylight through the panes, with a hint of trees below the sky.
    if (material != WALL || window_pane(p) < 0.5) return vec3(0.0);
    float tree = smoothstep(0.42, 0.62, noise(vec3(p.xy * 3.2, 1.0)) - (p.y - 1.95) * 0.8);
    return mix(vec3(1.30, 1.50, 1.72), vec3(0.75, 0.95, 0.80), tree);
}

vec3 random(vec2 pixel) {
    // A golden-ratio sequence, shifted by a hash per pixel.
    vec3 shift = vec3(hash(pixel), hash(pixel + 71.7), hash(pixel + 191.3));
    return fract(shift + sample_index * vec3(0.8191725, 0.6710436, 0.5497005));
}

vec3 cosine_direction(vec3 n, vec2 u) {
    float a = 2.0 * PI * u.x, z = 2.0 * u.y - 1.0;
    return normalize(n + vec3(sqrt(1.0 - z * z) * vec2(cos(a), sin(a)), z) * 0.999);
}

void main() {
    vec2 pixel = gl_FragCoord.xy;
    vec2 jitter = fract(0.5 + sample_index * vec2(0.7548777, 0.5698403)) - 0.5;
    vec3 ray = camera_ray(pixel + jitter);
    vec2 hit = march(eye, ray, 1.5, FAR, 160);
    int material = int(hit.y);
    if (material < 0) {
        direct = vec4(0.0, 0.0, 0.0, FAR);
        ambient = vec4(0.5);
        return;
    }
    vec3 p = eye + ray * hit.x, n = surface_normal(p), start = p + n * 0.003;
    vec3 colour = albedo(p, material), u = random(pixel);
    float angle = 2.0 * PI * u.x;
    vec3 side = normalize(cross(key_direction, vec3(0.0, 0.0, 1.0))), across = cross(key_direction, side);
    vec3 key = normalize(key_direction + 0.09 * sqrt(u.y) * (cos(angle) * side + sin(angle) * across));
    float lit = max(dot(n, key), 0.0);
    if (lit > 0.0 && march(start, key, 0.004, 4.0, 48).y >= 0.0) lit = 0.0;
    vec3 mirror = normalize(key - ray);
    float shine = gloss(material);
    direct = vec4(KEY_COLOUR * lit * (colour + shine * 0.8 * pow(max(dot(n, mirror), 0.0), 40.0)), hit.x);

    vec3 bounce = cosine_direction(n, u.zx);
    vec2 blocked = march(start, bounce, 0.004, 3.5, 40);
    vec3 arriving = environment(bounce);
    if (blocked.y >= 0.0) {
        vec3 q = start + bounce * blocked.x;
        arriving = albedo(q, int(blocked.y)) * 0.85 + glow(q, int(blocked.y));
    }
    vec3 light = arriving * colour;
    if (shine > 0.1) {
        vec3 reflected = reflect(ray, n);
        vec2 seen = march(start, reflected, 0.004, 4.0, 40);
        vec3 image = seen.y < 0.0 ? environment(reflected) : albedo(start + reflected * seen.x, int(seen.y)) * 0.6;
        light += shine * image * (0.06 + 0.7 * pow(1.0 - max(dot(n, -ray), 0.0), 5.0));
    }
    ambient = vec4(light + glow(p, material), 1.0);
}
