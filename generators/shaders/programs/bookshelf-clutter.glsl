// Bookshelves: rows of spines of all widths with bands and lettering, leaning books, gaps with vases, balls and frames, shelf shadows.
float rnd(float n) { return fract(sin(n*12.9898)*43758.5453); }
#define pick(x) rnd(scene + x)
float rnd2(vec2 p) { return fract(sin(dot(p, vec2(127.1, 311.7)))*43758.5453); }
vec3 hue(float x) { return .5 + .45*cos(6.2832*(x + vec3(.0, .33, .67))); }

void mainImage(out vec4 fragColor, in vec2 fragCoord) {
	float scene = floor(iTime/2.5), run = fract(iTime/2.5), warm = pick(.1), spread = mix(.15, 1., pick(.2));
	vec2 s = (2.*fragCoord - iResolution.xy)/iResolution.y, p = s;
	float a = .5*(pick(.3) - .5), tilt = .9*(pick(.4) - .5);
	p = mat2(cos(a), sin(a), -sin(a), cos(a))*p/(1. + tilt*s.x)*mix(.6, 2.3, pick(.5)) + vec2(.3*run + 20.*warm, 9.*rnd(scene));
	float row = floor(p.y), y = fract(p.y), k = row + scene*7., board = .07, x = p.x*mix(.7, 1.3, rnd(k));
	vec3 wood = mix(vec3(.55, .35, .18), hue(warm), .45)*mix(.35, 1.3, pick(.6)), col = wood*.35;
	if (y < board) col = wood*(.75 + .2*sin(60.*y + 5.*sin(2.*p.x + k)) + 5.*y);
	else {
		y = (y - board)/(1. - board);
		float bay = floor(x), u = x - bay, id = rnd(bay*1.7 + k);
		col *= .5 + .6*y + .2*sin(70.*p.x);
		if (u > .96) col = wood*1.1*(u > .985 ? .6 : 1.);  // upright
		else if (id < .62) {  // books: cut the bay again and again
			float lo = .0, hi = .96, b = id*31., lean = rnd(b) < .35 ? .22*(rnd(b + .1) - .3) : .0;
			float v = clamp(u - lean*y*(1. - u)*u*4., .0, .959);
			for (int i = 0; i < 4; i++) {
				float c = mix(lo, hi, mix(.3, .7, rnd(b + .7)));
				if (hi - lo < .09) break;
				if (v < c) hi = c; else lo = c;
				b = b*1.31 + (v < c ? 2.3 : 5.9);
			}
			float t = (v - lo)/(hi - lo), tall = mix(.5, .95, rnd(b + .2)), w = hi - lo;
			if (y < tall) {
				float shape = sqrt(max(.0, 1. - pow(2.*t - 1., 2.))), q = y/tall;
				vec3 cloth = hue(warm + spread*rnd(b + .3))*mix(.25, 1.25, rnd(b + .4)), foil = mix(vec3(1., .85, .45), hue(rnd(b + .5)), .4);
				if (rnd(b + .6) < .5) cloth = mix(cloth, foil, step(abs(q - .86), .025) + step(abs(q - .12), .03));
				if (rnd(b + .8) < .4) cloth = mix(cloth, cloth.zxy*.7, step(abs(q - mix(.3, .7, rnd(b))), .12));
				float text = step(.4, rnd2(floor(vec2(t*4., q*26.)) + b))*step(abs(t - .5), .25)*step(abs(q - .5), .25)*step(.05, w);
				col = mix(cloth, foil, text*.9)*(.2 + .95*shape) + .15*pow(max(.0, 1. - abs(t - .35)*4.), 2.);
			} else col *= .6 + .4*smoothstep(.0, .25, y - tall);
		} else {  // an ornament
			vec2 q = vec2(u - .48, y), c = q - vec2(.0, .3); float kind = fract(id*57.), r = .0;
			vec3 ink = hue(warm + .5 + spread*fract(id*91.)); col *= 1.3;
			col *= 1. - .6*smoothstep(.5, .1, length((q - vec2(.1, .1))*vec2(1., 1.4)));
			if (kind < .35) { r = (.12 + .16*sin(3.6*q.y + .3)*(.7 + .3*sin(9.*q.y + id*50.))); if (q.y < .72 && abs(q.x) < r) { float t = q.x/r; ink = mix(ink, ink.zxy, step(.5, fract(q.y*(4. + 9.*fract(id*7.)) + .3*t*t))); col = ink*(.25 + sqrt(1. - t*t)*(.8 - .4*t)); } }
			else if (kind < .65) { r = dot(c, c)/.09; if (r < 1.) { float h = sqrt(1. - r), lit = dot(vec3(c/.3, h), vec3(-.5, .5, .7)); col = mix(ink, vec3(.2, .5, .3), step(.2, sin(9.*c.x + 5.*sin(9.*c.y + id*60.))))*(.2 + max(lit, .0)) + pow(max(lit, .0), 20.); } }
			else { r = max(abs(q.x) - .33, abs(q.y - .42) - .4); if (r < .0) { col = r > -.06 ? wood*1.5*(1. + .3*sign(q.x + q.y - .42)) : mix(hue(id*9.), hue(id*9. + .4), smoothstep(.1, .8, q.y)); if (r < -.06 && q.y < .35 + .15*sin(9.*q.x + id*70.)) col *= .35; if (r < -.06 && length(q - vec2(.1, .62)) < .08) col = vec3(1., .95, .7); } }
		}
		col *= .35 + .65*smoothstep(1.02, .7, y + .2*sin(scene)*u);  // shadow of the shelf above
	}
	float lamp = length(s - vec2(sin(scene*3.), cos(scene*5.)));
	fragColor = vec4(col*(.5 + 1.2*exp(-.7*lamp*lamp)), 1.);
}
