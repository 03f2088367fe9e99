package embed

// tilesHere are the kernels that this machine can run.
func tilesHere() []tile {
	best := bestTile()
	if best.rows > 6 {
		return []tile{best, {6, tileAVX2}}
	}
	return []tile{best}
}
