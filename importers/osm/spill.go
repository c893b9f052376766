package osm

import (
	"bufio"
	"encoding/gob"
	"errors"
	"io"
	"os"

	"cartoquartiers/internal/fault"
)

// spill keeps the areas of one pass in a temporary file until the coordinates
// of their nodes are known, so that memory does not grow with their number.
type spill struct {
	file    *os.File
	buffer  *bufio.Writer
	encoder *gob.Encoder
	count   int
}

// stored is an object as the spill holds it.
type stored struct {
	ID       int64
	Version  int
	Seconds  int64
	Tags     map[string]string
	Category string
	Others   []string
	Boundary string
	Drawn    bool
	Refs     []int64
	Ways     []int64
	Inner    []bool
}

// newSpill makes the file, which is gone when the process is.
func newSpill() (*spill, error) {
	file, err := os.CreateTemp("", "cartoquartiers-import-*")
	if err != nil {
		return nil, spillFault(err)
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, spillFault(err)
	}
	buffer := bufio.NewWriterSize(file, 1<<16)
	return &spill{file: file, buffer: buffer, encoder: gob.NewEncoder(buffer)}, nil
}

func (s *spill) close() { s.file.Close() }

func (s *spill) add(o *object) error {
	record := stored{
		ID: o.id, Version: o.version, Seconds: o.seconds, Tags: o.tags,
		Category: o.category, Others: o.others, Boundary: o.boundary, Drawn: o.drawn, Refs: o.refs,
	}
	for _, m := range o.members {
		record.Ways = append(record.Ways, m.way)
		record.Inner = append(record.Inner, m.inner)
	}
	s.count++
	if err := s.encoder.Encode(record); err != nil {
		return spillFault(err)
	}
	return nil
}

// each hands over the objects in the order they were added.
func (s *spill) each(visit func(*object) error) error {
	if err := s.buffer.Flush(); err != nil {
		return spillFault(err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return spillFault(err)
	}
	decoder := gob.NewDecoder(bufio.NewReaderSize(s.file, 1<<16))
	for {
		var record stored
		err := decoder.Decode(&record)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return spillFault(err)
		}
		if err := visit(record.object()); err != nil {
			return err
		}
	}
}

func (r *stored) object() *object {
	o := &object{
		id: r.ID, version: r.Version, seconds: r.Seconds, tags: r.Tags,
		category: r.Category, others: r.Others, boundary: r.Boundary, drawn: r.Drawn, refs: r.Refs,
	}
	for i, way := range r.Ways {
		o.members = append(o.members, member{way: way, inner: r.Inner[i]})
	}
	return o
}

func spillFault(err error) error {
	return fault.Wrap(fault.Unavailable, err, "the import needs room in the temporary directory %s", os.TempDir())
}
