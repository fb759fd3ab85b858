// The finished room behind the athlete: its stored light, less what he blocks on the floor.

uniform sampler2D room_direct;
uniform sampler2D room_ambient;
uniform sampler2D floor_light; // how much key light and ambient light reaches the floor
uniform vec4 floor_area;

out vec4 fragment;

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy);
    vec4 direct = texelFetch(room_direct, pixel, 0);
    vec3 ambient = texelFetch(room_ambient, pixel, 0).rgb;
    vec3 p = eye + camera_ray(gl_FragCoord.xy) * direct.a;
    vec2 place = (p.xz - floor_area.xy) / floor_area.zw;
    vec2 reaching = texture(floor_light, place).rg;
    if (p.y > 0.04) reaching = vec2(1.0);
    vec3 colour = direct.rgb * reaching.x + ambient * mix(0.25, 1.0, reaching.y);
    fragment = vec4(finish(colour, gl_FragCoord.xy), 1.0);
}
