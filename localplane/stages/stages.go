// Package stages carries the Stage objects that tell kwok what a kubelet would do next.
package stages

import (
	"embed"
	"io"
	"io/fs"
)

//go:embed *.yaml
var files embed.FS

// Write copies all stages to out as one YAML stream.
func Write(out io.Writer) error {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(out, "---\n"+string(content)); err != nil {
			return err
		}
	}
	return nil
}
