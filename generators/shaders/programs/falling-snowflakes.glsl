// Snowflakes with depth of field: six-fold dendrites, stars and plates of every size drifting before a blurred winter wood, frost or night lamps.
#define S smoothstep
float scene = 0.;
float rnd(vec2 p) { return fract(sin(dot(p,vec2(47.7,113.3)))*20983.7); }
float pick(float k) { return rnd(vec2(scene,k)); }
float noise(vec2 p) {
 vec2 i = floor(p),f = p-i; f *= f*(3.-2.*f);
 return mix(mix(rnd(i),rnd(i+vec2(1,0)),f.x),mix(rnd(i+vec2(0,1)),rnd(i+1.),f.x),f.y);
}
float bar(vec2 p,vec2 dir,float len,float w) { float h = clamp(dot(p,dir),0.,len); return length(p-dir*h)-w*(1.-.6*h/len); }
float flake(vec2 p,vec4 k) {   // distance to a six-armed crystal of radius one
 float n = k.x<.12?1.0472:.5236,a = abs(mod(atan(p.y,p.x)+.5236,1.0472)-.5236);
 vec2 q = length(p)*vec2(cos(a),sin(a));
 float d = bar(q,vec2(1,0),1.,.05+.05*k.y),hex = q.x*.95+q.y*.3-.15-.45*k.y*k.z;
 d = min(d,max(hex,-hex-.05-.3*k.w));
 vec2 twig = normalize(vec2(.3+k.x,.8));
 for (float i = 1.; i<5.; i++) {
  float x = i*(.14+.08*k.z);
  d = min(d,bar(q-vec2(x,0),twig,(1.1-x)*mix(.12,.6,fract(k.w*7.+i*k.x*3.)),.045));
 }
 return d;
}
void mainImage(out vec4 color,in vec2 pixel) {
 scene = floor(iTime/2.2);
 vec2 p = (2.*pixel-iResolution.xy)/iResolution.y;
 vec3 cold = .5+.5*cos(6.28*(pick(1.)+vec3(.1,.25,.45))),warm = .5+.5*cos(6.28*(pick(2.)+vec3(0,.2,.4)));
 float day = step(.45,pick(3.)),ground = mix(-1.,0.,pick(4.))+.2*noise(p.xx*2.+scene);
 vec3 col = mix(warm,cold,S(-1.,1.,p.y+.6*noise(p*1.5+scene)))*mix(.45,.95,day);
 for (float i = 0.; i<4.; i++) {
  float x = p.x*(6.-i)+i*7.+scene,w = mix(.1,.35,rnd(vec2(floor(x),i)));
  float trunk = S(w,w-.12,abs(fract(x)-.5))*step(.4,rnd(vec2(floor(x),i+5.)));
  col = mix(col,cold*mix(.5,.1,i/3.),trunk*pick(5.));
 }
 col = mix(col,mix(cold,vec3(1),.7)*mix(.4,.95,day),S(.1,-.05,p.y-ground));
 float focus = pick(6.),big = mix(.25,.9,pick(7.)),ink = step(.75,pick(8.))*day;
 for (float i = 0.; i<13.; i++) {
  vec4 k = fract(sin((i+scene*14.)*vec4(3.1,5.7,7.3,9.9))*4373.7),j = fract(k*61.7);
  float near = i/12.,blur = .015+.35*abs(near-focus)*j.w,R = big*(.3+near*near)*(.4+.8*j.x),t = 6.28*j.y+.5*iTime*(j.z-.5);
  vec2 c = vec2(k.x,fract(k.y-iTime*.06*(.5+near)))*2.8-1.4,v = mat2(cos(t),-sin(t),sin(t),cos(t))*(p-c)/R;
  v.y *= 1.+.8*j.x*k.w;   // tumbling
  float d = flake(v,fract(k*17.+j)),body = S(blur,-blur,d)/(1.+2.*blur);
  vec3 ice = mix(mix(cold,vec3(1),.75),cold*.25,ink)*(.75+.35*v.y+.4*S(-.08,0.,d)*step(blur,.1));
  col *= 1.-.3*S(.2+blur,0.,flake(v+.12,fract(k*17.+j)))*(1.-ink);
  col = mix(col,ice,body*.95);
 }
 color = vec4(col,1);
}
