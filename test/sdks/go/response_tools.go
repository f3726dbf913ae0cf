package main

import (
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
)

// The output of a call and the message after it, whose first part has one annotation.
func calledAndCited(response responses.Response) (responses.ResponseOutputItemUnion, responses.ResponseOutputTextAnnotationUnion) {
	equal(len(response.Output), 2)
	annotations := response.Output[1].AsMessage().Content[0].AsOutputText().Annotations
	equal(len(annotations), 1)
	return response.Output[0], annotations[0]
}

func tools() {
	try("code interpreter: a program reads a file, and writes one that is downloaded", func() {
		file := must(client.Files.New(ctx, openai.FileNewParams{
			File: openai.File(strings.NewReader("hello"), "said.txt", "text/plain"), Purpose: openai.FilePurposeUserData,
		}))
		container := responses.ToolCodeInterpreterContainerCodeInterpreterContainerAutoParam{FileIDs: []string{file.ID}}
		_, response := events(client.Responses.NewStreaming(ctx, responses.ResponseNewParams{
			Model: "scribe", Input: input("Louder!"),
			Tools:   []responses.ToolUnionParam{responses.ToolParamOfCodeInterpreter(container)},
			Include: []responses.ResponseIncludable{responses.ResponseIncludableCodeInterpreterCallOutputs},
		}), 0)
		call, annotation := calledAndCited(response)
		equal(call.AsCodeInterpreterCall().Outputs[0].AsLogs().Logs, "hello\n")
		cited := annotation.AsContainerFileCitation()
		equal(cited.Filename, "loud.md")
		equal(cited.ContainerID, call.ContainerID)
		content, err := client.Containers.Files.Content.Get(ctx, cited.ContainerID, cited.FileID)
		must(0, err)
		equal(string(must(io.ReadAll(content.Body))), "HELLO")
	})
	try("code interpreter: a container of one's own has files before and after", func() {
		container := must(client.Containers.New(ctx, openai.ContainerNewParams{Name: "mine"}))
		must(client.Containers.Files.New(ctx, container.ID, openai.ContainerFileNewParams{
			File: openai.File(strings.NewReader("hello"), "said.txt", "text/plain"),
		}))
		must(client.Responses.New(ctx, responses.ResponseNewParams{
			Model: "scribe", Input: input("Louder!"),
			Tools: []responses.ToolUnionParam{responses.ToolParamOfCodeInterpreter(container.ID)},
		}))
		files := must(client.Containers.Files.List(ctx, container.ID, openai.ContainerFileListParams{Order: "asc"})).Data
		equal(files[0].Source, "user")
		equal(files[1].Path, "/mnt/data/loud.md")
		must(0, client.Containers.Files.Delete(ctx, container.ID, files[1].ID))
		must(0, client.Containers.Delete(ctx, container.ID))
		_, err := client.Containers.Get(ctx, container.ID)
		equal(refusal(err).StatusCode, 404)
	})
	try("file search: a search is cited", func() {
		store := must(client.VectorStores.New(ctx, openai.VectorStoreNewParams{Name: openai.String("harbour")}))
		file := must(client.VectorStores.Files.UploadAndPoll(ctx, store.ID, openai.FileNewParams{
			File:    openai.File(strings.NewReader("The night ferry leaves at eleven."), "harbour.txt", "text/plain"),
			Purpose: openai.FilePurposeAssistants,
		}, 30))
		_, response := events(client.Responses.NewStreaming(ctx, responses.ResponseNewParams{
			Model: "librarian", Input: input("When does the ferry leave?"),
			Tools:   []responses.ToolUnionParam{responses.ToolParamOfFileSearch([]string{store.ID})},
			Include: []responses.ResponseIncludable{responses.ResponseIncludableFileSearchCallResults},
		}), 0)
		call, annotation := calledAndCited(response)
		equal(call.AsFileSearchCall().Results[0].Text, "The night ferry leaves at eleven.")
		equal(annotation.AsFileCitation().FileID, file.ID)
	})
	try("MCP: a call waits for its approval", func() {
		tool := responses.ToolParamOfMcp("lab")
		tool.OfMcp.ServerURL = openai.String(os.Getenv("MCP_URL"))
		tool.OfMcp.RequireApproval.OfMcpToolApprovalSetting = openai.String("always")
		asks := responses.ResponseNewParams{Model: "roller", Input: input("Roll!"), Tools: []responses.ToolUnionParam{tool}}
		asked := must(client.Responses.New(ctx, asks))
		equal(asked.Output[0].AsMcpListTools().Tools[0].Name, "roll")
		asks.Input = inputItems(responses.ResponseInputItemParamOfMcpApprovalResponse(asked.Output[1].AsMcpApprovalRequest().ID, true))
		asks.PreviousResponseID = openai.String(asked.ID)
		text, told := events(client.Responses.NewStreaming(ctx, asks), 0)
		equal(told.Output[0].AsMcpCall().Output, "4")
		equal(text, "It is 4.")
	})
}

func compacted() {
	try("compaction: what was said is compacted and goes on", func() {
		first := must(client.Responses.New(ctx, responses.ResponseNewParams{Model: "echo", Input: input("My name is Ada.")}))
		// The client takes messages of the user for messages of the model, whose parts are others.
		compacted, err := client.Responses.Compact(ctx, responses.ResponseCompactParams{Model: "echo", PreviousResponseID: openai.String(first.ID)})
		must(0, err)
		summary := compacted.Output[len(compacted.Output)-1].AsCompaction()
		next := must(client.Responses.New(ctx, responses.ResponseNewParams{
			Model: "echo",
			Input: inputItems(responses.ResponseInputItemParamOfCompaction(summary.EncryptedContent), said("Who am I?")),
		}))
		equal(next.OutputText(), "You said: Who am I?")
	})
}

func webhooks() {
	try("webhooks: a webhook is unwrapped", func() {
		response := must(client.Responses.New(ctx, responses.ResponseNewParams{
			Model: "echo", Input: input("Hello there"), Background: openai.Bool(true),
		}))
		webhook, err := http.Get(os.Getenv("WEBHOOKS_URL") + "/" + response.ID)
		must(0, err)
		body := must(io.ReadAll(webhook.Body))
		equal(must(client.Webhooks.Unwrap(body, webhook.Header)).AsResponseCompleted().Data.ID, response.ID)
		_, err = client.Webhooks.Unwrap([]byte(strings.Replace(string(body), "completed", "failed", 1)), webhook.Header)
		equal(err != nil, true)
	})
}
