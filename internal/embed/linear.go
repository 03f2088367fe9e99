package embed

// matrix is a linear map, row by row of its output, so that every value is the
// product of two runs of memory.
type matrix struct {
	out, in int
	w       []float32
}

func (m *matrix) row(o int) []float32 { return m.w[o*m.in : (o+1)*m.in] }

// panelWidth is how many outputs stand side by side in a panel: one register
// of AVX-512, two of AVX2. All maps of the model have a multiple of it.
const panelWidth = 16

// tile is a kernel that multiplies some rows with a panel at once.
type tile struct {
	rows int
	mul  func(panel, x *float32, in int, bias, y *float32, out int)
}

// linear is a matrix with a bias. Where the machine has a kernel for it, the
// matrix stands as panels instead: of sixteen outputs the weights of the first
// input, then those of the second, and so on.
type linear struct {
	matrix
	bias   []float32
	panels []float32
	tile   tile
}

// pack returns the same map in panels for a kernel; what stands in panels stays.
func (l *linear) pack(t tile) linear {
	if t.rows == 0 || l.panels != nil {
		return *l
	}
	p := linear{matrix: matrix{out: l.out, in: l.in}, bias: l.bias, panels: make([]float32, 0, l.out*l.in), tile: t}
	for first := 0; first < l.out; first += panelWidth {
		for i := range l.in {
			for o := range panelWidth {
				p.panels = append(p.panels, l.w[(first+o)*l.in+i])
			}
		}
	}
	return p
}

// of applies the map to n rows. What comes out of a row doesn't depend on the
// others.
func (l *linear) of(x []float32, n int) []float32 {
	y := make([]float32, n*l.out)
	if l.tile.rows == 0 {
		l.plain(x, y, n)
		return y
	}
	size := l.tile.rows
	whole := n - n%size
	var restX, restY []float32
	if whole < n {
		restX, restY = make([]float32, size*l.in), make([]float32, size*panelWidth)
		copy(restX, x[whole*l.in:n*l.in])
	}
	for o := 0; o < l.out; o += panelWidth {
		panel, bias := &l.panels[o*l.in], &l.bias[o]
		for t := 0; t < whole; t += size {
			l.tile.mul(panel, &x[t*l.in], l.in, bias, &y[t*l.out+o], l.out)
		}
		if whole < n {
			l.tile.mul(panel, &restX[0], l.in, bias, &restY[0], panelWidth)
			for t := whole; t < n; t++ {
				copy(y[t*l.out+o:t*l.out+o+panelWidth], restY[(t-whole)*panelWidth:])
			}
		}
	}
	return y
}

// plain does without kernels.
func (l *linear) plain(x, y []float32, n int) {
	for o := range l.out {
		w, b := l.row(o), l.bias[o]
		t := 0
		for ; t+4 <= n; t += 4 {
			var d [4]float32
			dot4Generic(w, x[t*l.in:(t+4)*l.in], &d)
			for i, v := range d {
				y[(t+i)*l.out+o] = v + b
			}
		}
		for ; t < n; t++ {
			y[t*l.out+o] = dotGeneric(w, x[t*l.in:(t+1)*l.in]) + b
		}
	}
}
