#include "textflag.h"

// sum adds up the eight lanes of Y and leaves the result in the low lane of X.
#define sum(Y, X, Y15, X15) \
	VEXTRACTF128 $1, Y, X15   \
	VADDPS       X15, X, X    \
	VPSHUFD      $0x4E, X, X15 \
	VADDPS       X15, X, X    \
	VPSHUFD      $0xB1, X, X15 \
	VADDSS       X15, X, X

// func dot4AVX2(w, x *float32, n int, out *[4]float32)
// Two accumulators for each of the four vectors hide the latency of FMA.
TEXT ·dot4AVX2(SB), NOSPLIT, $0-32
	MOVQ w+0(FP), SI
	MOVQ x+8(FP), R8
	MOVQ n+16(FP), CX
	MOVQ out+24(FP), DI
	LEAQ (R8)(CX*4), R9
	LEAQ (R9)(CX*4), R10
	LEAQ (R10)(CX*4), R11
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	XORQ AX, AX
	MOVQ CX, DX
	ANDQ $-16, DX
	JMP  pairs

pair:
	VMOVUPS     (SI)(AX*4), Y8
	VMOVUPS     32(SI)(AX*4), Y9
	VFMADD231PS (R8)(AX*4), Y8, Y0
	VFMADD231PS 32(R8)(AX*4), Y9, Y4
	VFMADD231PS (R9)(AX*4), Y8, Y1
	VFMADD231PS 32(R9)(AX*4), Y9, Y5
	VFMADD231PS (R10)(AX*4), Y8, Y2
	VFMADD231PS 32(R10)(AX*4), Y9, Y6
	VFMADD231PS (R11)(AX*4), Y8, Y3
	VFMADD231PS 32(R11)(AX*4), Y9, Y7
	ADDQ        $16, AX

pairs:
	CMPQ AX, DX
	JLT  pair
	CMPQ AX, CX
	JGE  done
	VMOVUPS     (SI)(AX*4), Y8
	VFMADD231PS (R8)(AX*4), Y8, Y0
	VFMADD231PS (R9)(AX*4), Y8, Y1
	VFMADD231PS (R10)(AX*4), Y8, Y2
	VFMADD231PS (R11)(AX*4), Y8, Y3

done:
	VADDPS Y4, Y0, Y0
	VADDPS Y5, Y1, Y1
	VADDPS Y6, Y2, Y2
	VADDPS Y7, Y3, Y3
	sum(Y0, X0, Y15, X15)
	sum(Y1, X1, Y15, X15)
	sum(Y2, X2, Y15, X15)
	sum(Y3, X3, Y15, X15)
	VMOVSS X0, (DI)
	VMOVSS X1, 4(DI)
	VMOVSS X2, 8(DI)
	VMOVSS X3, 12(DI)
	VZEROUPPER
	RET

// func dotAVX2(a, b *float32, n int) float32
TEXT ·dotAVX2(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ n+16(FP), CX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	XORQ AX, AX
	MOVQ CX, DX
	ANDQ $-16, DX
	JMP  twos

two:
	VMOVUPS     (SI)(AX*4), Y2
	VMOVUPS     32(SI)(AX*4), Y3
	VFMADD231PS (DI)(AX*4), Y2, Y0
	VFMADD231PS 32(DI)(AX*4), Y3, Y1
	ADDQ        $16, AX

twos:
	CMPQ AX, DX
	JLT  two
	CMPQ AX, CX
	JGE  summed
	VMOVUPS     (SI)(AX*4), Y2
	VFMADD231PS (DI)(AX*4), Y2, Y0

summed:
	VADDPS Y1, Y0, Y0
	sum(Y0, X0, Y15, X15)
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET
