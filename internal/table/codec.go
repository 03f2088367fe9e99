package table

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// AppendRow appends a row's own encoding to dst: position, then each cell's
// flags, length and bytes. ReadRow is its inverse. It is a format for
// scratch files, not for keeping.
func AppendRow(dst []byte, r *Row) []byte {
	dst = binary.AppendUvarint(dst, uint64(r.Pos.File))
	dst = binary.AppendUvarint(dst, uint64(r.Pos.Line))
	dst = binary.AppendUvarint(dst, uint64(r.Pos.Offset))
	for i := range r.Cells {
		c := &r.Cells[i]
		dst = append(dst, byte(c.Flags))
		if c.Flags&Present == 0 {
			continue
		}
		dst = binary.AppendUvarint(dst, uint64(c.Len))
		dst = AppendSpan(dst, r.Data, int(c.Off), int(c.Len))
	}
	return dst
}

// ReadRow reads a row of n cells that AppendRow wrote. io.EOF means that r
// ended before the row began.
func ReadRow(r *bufio.Reader, row *Row, n int) error {
	row.Reset(n)
	file, err := binary.ReadUvarint(r)
	if err != nil {
		return err // io.EOF between rows
	}
	line, err := binary.ReadUvarint(r)
	if err != nil {
		return torn(err)
	}
	offset, err := binary.ReadUvarint(r)
	if err != nil {
		return torn(err)
	}
	row.Pos = Position{int(file), int64(line), int64(offset)}
	for i := range row.Cells {
		flags, err := r.ReadByte()
		if err != nil {
			return torn(err)
		}
		if CellFlags(flags)&Present == 0 {
			continue
		}
		size, err := binary.ReadUvarint(r)
		if err != nil {
			return torn(err)
		}
		off := len(row.Data)
		row.Data = append(row.Data, make([]byte, size)...)
		if _, err := io.ReadFull(r, row.Data[off:]); err != nil {
			return torn(err)
		}
		row.Cells[i] = Cell{Off: uint32(off), Len: uint32(size), Flags: CellFlags(flags)}
	}
	return nil
}

func torn(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read scratch row: %w", err)
}
