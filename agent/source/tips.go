package source

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// tipsName is a file in the store that says where watched branches are: an id,
// a space and a name in each line. They are no refs, since a branch and the
// directory of others may have had the same name one after the other.
const tipsName = "penstock-tips"

// keepTips writes the file, if it says something else.
func (s *store) keepTips(tips map[string]plumbing.Hash) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tips)) {
		b.WriteString(tips[name].String() + " " + name + "\n")
	}
	if b.String() == s.tips {
		return nil
	}
	file, err := os.CreateTemp(s.path, tipsName+"-*")
	if err != nil {
		return err
	}
	_, err = file.WriteString(b.String())
	if err := errors.Join(err, file.Close()); err != nil {
		os.Remove(file.Name())
		return err
	}
	if err := os.Rename(file.Name(), filepath.Join(s.path, tipsName)); err != nil {
		return err
	}
	s.tips = b.String()
	return nil
}

// recallTips reads the file, and leaves out what makes no sense or is not here:
// it will be fetched.
func (s *store) recallTips() map[string]plumbing.Hash {
	data, err := os.ReadFile(filepath.Join(s.path, tipsName))
	if err != nil {
		return nil
	}
	tips := map[string]plumbing.Hash{}
	for line := range strings.Lines(string(data)) {
		id, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if tip := plumbing.NewHash(id); fullHash.MatchString(id) && branchFault(name) == "" && s.has(tip) {
			tips[name] = tip
		}
	}
	s.tips = string(data)
	return tips
}
