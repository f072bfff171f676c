package source

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/format/idxfile"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
	"github.com/go-git/go-git/v5/storage/memory"
)

const (
	// maxObject bounds one inflated object. Reading a pack holds a few
	// objects in memory, and a megabyte of pack can inflate to a gigabyte.
	maxObject = 100 << 20
	// looseLimit is how many objects are unpacked into files of their own
	// rather than kept as a pack, as git's fetch.unpackLimit: following a
	// branch for a year must not leave ten thousand packs.
	looseLimit = 100
	// looseSize is how many bytes these are at most, since they are unpacked in
	// memory.
	looseSize = 32 << 20
)

// receive adds a pack to the store. Nothing of it is visible before all of it
// was received, found within limits and indexed. go-git would index while it
// receives; then a header that promises four billion objects costs a hundred
// gigabytes of memory, and a pack that breaks off stays on disk for ever.
// The store may become as large as the limit.
func (s *store) receive(ctx context.Context, pack io.Reader, maxSize int64) (objects int, err error) {
	file, err := s.newPack()
	if err != nil {
		return 0, err
	}
	defer discard(file)
	limit := &limitedReader{r: pack, left: maxSize - s.size(), what: "the repository", limit: maxSize}
	if n, err := io.Copy(writeFault{s, file}, limit); err != nil {
		return 0, saidIn(err)
	} else if n == 0 {
		return 0, &Error{Kind: ServerFailed, Problem: "the server sent an empty pack"}
	}
	found, err := inspect(ctx, file)
	if err == nil {
		err = s.keep(ctx, file, found)
	}
	return found.objects, badPack(err)
}

// badPack explains a pack that cannot be read.
func badPack(err error) error {
	var ours *Error
	if err == nil || errors.As(err, &ours) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Error{Kind: ServerFailed, Problem: "the server sent a broken pack: " + err.Error()}
}

// keep makes the objects of a pack part of the store.
func (s *store) keep(ctx context.Context, file *os.File, found contents) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if found.objects <= looseLimit && found.size <= looseSize {
		return s.unpack(ctx, file)
	}
	if err := s.addPack(ctx, file); err != nil {
		return err
	}
	s.reload()
	return nil
}

// unpack writes each object of a pack into a file of its own.
func (s *store) unpack(ctx context.Context, file *os.File) error {
	scanner, err := scan(ctx, file)
	if err != nil {
		return err
	}
	unpacked := memory.NewStorage()
	parser, err := packfile.NewParserWithStorage(scanner, unpacked)
	if err != nil {
		return err
	}
	if _, err := parser.Parse(); err != nil {
		return err
	}
	objects, err := objectsOf(unpacked)
	if err != nil {
		return err
	}
	return s.write(objects)
}

// addPack writes a pack's index, and then lets the pack itself appear.
func (s *store) addPack(ctx context.Context, file *os.File) error {
	scanner, err := scan(ctx, file)
	if err != nil {
		return err
	}
	writer := new(idxfile.Writer)
	parser, err := packfile.NewParser(scanner, writer)
	if err != nil {
		return err
	}
	checksum, err := parser.Parse()
	if err != nil {
		return err
	}
	return s.appear(file, checksum, writer)
}

func writeIndex(name string, writer *idxfile.Writer) error {
	index, err := writer.Index()
	if err != nil {
		return err
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = idxfile.NewEncoder(file).Encode(index)
	return errors.Join(err, file.Close())
}

// contents is what is in a pack.
type contents struct {
	objects int
	size    int64 // in bytes, of all objects when they are inflated
}

// inspect reads through a pack, refusing any object that would be too large in
// memory.
func inspect(ctx context.Context, file *os.File) (contents, error) {
	scanner, err := scan(ctx, file)
	if err != nil {
		return contents{}, err
	}
	_, count, err := scanner.Header()
	if err != nil {
		return contents{}, err
	}
	found := contents{objects: int(count)}
	for range count {
		header, err := scanner.NextObjectHeader()
		if err != nil {
			return found, err
		}
		content := prefix{max: 20}
		if header.Length > maxObject {
			return found, objectTooLarge(header.Length)
		}
		if _, _, err := scanner.NextObject(&content); err != nil {
			return found, err
		}
		result := content.deltaResult(header.Type)
		if result > maxObject {
			return found, objectTooLarge(result)
		}
		found.size += header.Length + result
	}
	return found, nil
}

func objectTooLarge(n int64) error {
	return &Error{Kind: TooLarge, Problem: fmt.Sprintf("the repository holds an object of %d bytes, above the limit of %s", n, size(maxObject)),
		Mend: "keep large files out of the repository, also out of its history"}
}

// prefix keeps the first bytes of what is written to it.
type prefix struct {
	data []byte
	max  int
}

func (p *prefix) Write(b []byte) (int, error) {
	p.data = append(p.data, b[:min(len(b), p.max-len(p.data))]...)
	return len(b), nil
}

// deltaResult returns how large the object is that a delta makes, which is the
// second of the two numbers that a delta begins with.
func (p *prefix) deltaResult(kind plumbing.ObjectType) int64 {
	if !kind.IsDelta() {
		return 0
	}
	_, n := binary.Uvarint(p.data)
	if n <= 0 {
		return 0 // The parser will say what is wrong with it.
	}
	result, _ := binary.Uvarint(p.data[n:])
	return int64(min(result, math.MaxInt64))
}

// scan reads a pack from its beginning, for as long as ctx allows.
func scan(ctx context.Context, file *os.File) (*packfile.Scanner, error) {
	_, err := file.Seek(0, io.SeekStart)
	return packfile.NewScanner(timedFile{file, ctx}), err
}

// timedFile is a file whose reads fail when ctx ends, so that a pack cannot
// keep the parser busy for ever.
type timedFile struct {
	*os.File
	ctx context.Context
}

func (f timedFile) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

// writeFault tells a full disk from a failing server.
type writeFault struct {
	store *store
	w     io.Writer
}

func (f writeFault) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err != nil {
		err = f.store.cannotWrite(err)
	}
	return n, err
}
