// Builds folder after folder in one process, as `kubectl kustomize` builds one: that takes most of its time to start.
//
// Reads the path of a folder a line, and answers each with a line "<1 for built, 0 for refused> <bytes>" and those bytes.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

func build(folder string) (text []byte, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	openapi.ResetOpenAPI() // what an earlier folder named must not count
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified
	resources, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}

func main() {
	folders, answers := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		line, end := folders.ReadString('\n')
		if end != nil {
			return
		}
		built := 1
		text, err := build(strings.TrimSuffix(line, "\n"))
		if err != nil {
			built, text = 0, []byte(err.Error())
		}
		fmt.Fprintf(answers, "%d %d\n", built, len(text))
		answers.Write(text)
		answers.Flush()
	}
}
