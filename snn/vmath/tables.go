package vmath

// twoOverPi holds the bits of 2/π after the binary point, most significant
// first, behind 64 zero bits.
var twoOverPi = [...]uint64{
	0,
	0xa2f9836e4e441529,
	0xfc2757d1f534ddc0,
	0xdb6295993c439041,
	0xfe5163abdebbc561,
	0xb7246e3a424dd2e0,
	0x06492eea09d1921c,
	0xfe1deb1cb129a73e,
	0xe88235f52ebb4484,
	0xe99c7026b45f7e41,
	0x3991d639835339f4,
	0x9c845f8bbdf9283b,
	0x1ff897ffde05980f,
	0xef2f118b5a0a6d1f,
	0x6d367ecf27cb09b7,
	0x4f463f669e5fea2d,
	0x7527bac7ebe5f17b,
	0x3d0739f78a5292ea,
	0x6bfb5fb11f8d5d08,
	0x56033046fc7b6bab,
	0xf0cfbc209af4361d,
	0xa9e391615ee61b08,
}

// atanHi holds atan(k/16), rounded.
var atanHi = [...]float64{
	0,
	0x1.ff55bb72cfdeap-5,
	0x1.fd5ba9aac2f6ep-4,
	0x1.7b97b4bce5b02p-3,
	0x1.f5b75f92c80ddp-3,
	0x1.362773707ebccp-2,
	0x1.6f61941e4def1p-2,
	0x1.a64eec3cc23fdp-2,
	0x1.dac670561bb4fp-2,
	0x1.0657e94db30d0p-1,
	0x1.1e00babdefeb4p-1,
	0x1.345f01cce37bbp-1,
	0x1.4978fa3269ee1p-1,
	0x1.5d58987169b18p-1,
	0x1.700a7c5784634p-1,
	0x1.819d0b7158a4dp-1,
	0x1.921fb54442d18p-1,
}

// atanLo holds what rounding left of atanHi.
var atanLo = [...]float64{
	0,
	-0x1.c934d86d23f1dp-60,
	-0x1.cd37686760c17p-59,
	0x1.347b0b4f881cap-58,
	0x1.8ab6e3cf7afbdp-57,
	-0x1.963a544b672d8p-57,
	-0x1.c63aae6f6e918p-56,
	-0x1.24dec1b50b7ffp-56,
	0x1.a2b7f222f65e2p-56,
	-0x1.d5b495f6349e6p-56,
	-0x1.928df287a668fp-58,
	0x1.1021137c71102p-55,
	0x1.2419a87f2a458p-56,
	0x1.0028e4bc5e7cap-57,
	-0x1.8c34d25aadef6p-56,
	-0x1.bf76229d3b917p-56,
	0x1.1a62633145c07p-55,
}

// acotHi holds π/2 - atan(k/16), rounded.
var acotHi = [...]float64{
	0x1.921fb54442d18p+0,
	0x1.82250768ac529p+0,
	0x1.7249faa996a21p+0,
	0x1.62acbeaca61b8p+0,
	0x1.5368c951e9cfdp+0,
	0x1.4495d86823225p+0,
	0x1.3647503caf55cp+0,
	0x1.288bfa3512419p+0,
	0x1.1b6e192ebbe44p+0,
	0x1.0ef3c09d694b0p+0,
	0x1.031f57e54adbep+0,
	0x1.efe068bba2275p-1,
	0x1.dac670561bb4fp-1,
	0x1.c6e6d2171bf18p-1,
	0x1.b434ee31013fdp-1,
	0x1.a2a25f172cfe4p-1,
	0x1.921fb54442d18p-1,
}

// acotLo holds what rounding left of acotHi.
var acotLo = [...]float64{
	0x1.1a62633145c07p-54,
	-0x1.e78c96d05afcbp-58,
	0x1.a8cc1e7480c68p-54,
	0x1.c6ac9f134fa91p-60,
	-0x1.96f47948a99f1p-54,
	0x1.4d29adbab2a62p-54,
	0x1.17e21d9a42c9ap-55,
	0x1.8e684e7a2281bp-56,
	0x1.b1b466a88828ep-54,
	0x1.8fcf88aed2e80p-54,
	0x1.338b4259c0270p-54,
	0x1.24a3b2e61a70bp-55,
	0x1.a2b7f222f65e2p-55,
	0x1.f4ba8d3373e1bp-55,
	-0x1.0520d0701d877p-55,
	-0x1.d700509dad6cep-56,
	0x1.1a62633145c07p-55,
}
