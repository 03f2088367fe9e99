package embed

// dotGeneric is the product of two vectors of the same length, a multiple of
// four.
func dotGeneric(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float32
	for i := 0; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	return (s0 + s1) + (s2 + s3)
}

// dot4Generic multiplies w with the four vectors that follow each other in x:
// each weight is loaded once for four of them.
func dot4Generic(w, x []float32, out *[4]float32) {
	n := len(w)
	x0, x1, x2, x3 := x[:n], x[n:2*n], x[2*n:3*n], x[3*n:4*n]
	var s0, s1, s2, s3, t0, t1, t2, t3 float32
	for i := 0; i+2 <= n; i += 2 {
		a, b := w[i], w[i+1]
		s0 += a * x0[i]
		t0 += b * x0[i+1]
		s1 += a * x1[i]
		t1 += b * x1[i+1]
		s2 += a * x2[i]
		t2 += b * x2[i+1]
		s3 += a * x3[i]
		t3 += b * x3[i+1]
	}
	out[0], out[1], out[2], out[3] = s0+t0, s1+t1, s2+t2, s3+t3
}

// axpyGeneric adds a times from to to.
func axpyGeneric(to, from []float32, a float32) {
	for j, v := range from[:len(to)] {
		to[j] += a * v
	}
}
