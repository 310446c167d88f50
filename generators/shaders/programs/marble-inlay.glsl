// Polished stone floors: veined marbles cut into rings, lozenges, stars or bricks, each piece turned its own way, under the glare of a window.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p, vec2(17.31, 91.77)))*27183.19); }
float pick(float k) { return rnd(vec2(scene + 1., k + .5)); }
mat2 rot(float a) { return mat2(cos(a), sin(a), -sin(a), cos(a)); }
float noise(vec2 p) {
 vec2 i = floor(p), f = p - i; f *= f*(3. - 2.*f);
 return mix(mix(rnd(i), rnd(i + vec2(1, 0)), f.x), mix(rnd(i + vec2(0, 1)), rnd(i + 1.), f.x), f.y)*2. - 1.;
}
float fbm(vec2 p) { float s = 0., a = .6; for (int i = 0; i < 4; i++) { s += a*noise(p); p = rot(.6)*p*2.1 + 5.; a *= .5; } return s; }
vec3 marble(vec2 p, vec2 id) {
 p = rot(6.3*rnd(id))*p*mix(.6, 2.5, rnd(id + 2.)) + id*7.;
 vec2 warp = vec2(fbm(p), fbm(p + 19.));
 float vein = 1. - abs(fbm(p*vec2(.7, 1.8) + .8*warp + 31.)), tone = mix(.12, .95, rnd(id + 3.));
 vec3 tint = .5 + .5*cos(6.3*(rnd(id + 4.) + vec3(0., .3, .6)));
 vec3 stone = mix(vec3(tone), tint, .65*rnd(id + 5.))*(.8 + .5*fbm(p + 1.3*warp));
 return mix(stone, tone > .5 ? tint*.3 : vec3(1., .95, .8), pow(max(vein,0.), mix(6., 22., rnd(id + 6.))));
}
void mainImage(out vec4 color, in vec2 pixel) {
 scene = floor(iTime/1.8);
 vec2 p = (2.*pixel - iResolution.xy)/iResolution.y;
 vec2 f = rot(6.3*pick(1.))*p/(1. + .6*pick(2.)*p.y)*mix(.5, 2.2, pick(3.)) + 2.*pick(4.) + .05*iTime, g = f;
 float kind = floor(5.*pick(6.)), n = 3. + floor(6.*pick(7.)), piece = 0.;
 if (kind < 1.) g.x += .5*mod(floor(g.y *= 2.5), 2.);
 vec2 cell = floor(g), q = g - cell - .5, m = abs(q);
 float seam = .5 - max(m.x, m.y), r = length(q), a = atan(q.y, q.x), d = m.x + m.y - .5;
 if (kind < 1.) piece = floor(4.*rnd(cell));
 else if (kind < 2.) { if (r < .43) { piece = 1. + floor(r*7.); seam = abs(fract(r*7. + .5) - .5)/7.; } }
 else if (kind < 3.) { piece = step(d, 0.) + step(d, -.22); seam = min(seam, min(abs(d), abs(d + .22))); }
 else if (kind < 4.) { d = r - .32 - .14*cos(n*a); piece = d < 0. ? 1. + mod(floor(a/3.14*n + n), 2.) : 0.; seam = min(seam, abs(d)); }
 else { piece = step(m.y, m.x) + 2.*mod(cell.x + cell.y, 2.); seam = min(seam, abs(m.x - m.y)); }
 vec3 col = marble(f + 9.*rnd(cell + piece), vec2(piece, scene))*(.8 + .35*rnd(cell + 3.*piece));
 col *= mix(.25, 1., S(.004, .02, seam)) + .15*S(.05, .03, seam);
 vec2 w = p - 2.*vec2(pick(8.), pick(9.)) + 1.;  // reflected window with a cross bar
 w.x += .5*w.y; w = abs(w);
 col += .28*S(.65, .45, max(w.x, w.y))*S(.02, .07, min(w.x, w.y))*step(.4, pick(10.));
 color = vec4(col*(1.25 - .4*length(p - vec2(pick(11.), pick(12.)))), 1.);
}
