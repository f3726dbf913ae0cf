package main

import (
	"encoding/base64"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
)

// Tools that the provider of a model has.
func hosted() {
	try("web search: the web is searched, and cited", func() {
		text, response := events(client.Responses.NewStreaming(ctx, responses.ResponseNewParams{
			Model: "reporter", Input: input("When does the ferry leave?"),
			Tools:   []responses.ToolUnionParam{responses.ToolParamOfWebSearch(responses.WebSearchToolTypeWebSearch)},
			Include: []responses.ResponseIncludable{responses.ResponseIncludableWebSearchCallActionSources},
		}), 0)
		equal(len(response.Output), 4)
		page := "https://example.com/harbour"
		search := response.Output[0].AsWebSearchCall().Action.AsSearch()
		equal(search.Query, "night ferry")
		equal(search.Sources[0].URL, page)
		equal(response.Output[1].AsWebSearchCall().Action.AsOpenPage().URL, page)
		equal(response.Output[2].AsWebSearchCall().Action.AsFind().Pattern, "eleven")
		cited := response.Output[3].AsMessage().Content[0].AsOutputText().Annotations[0].AsURLCitation()
		equal(cited.URL, page)
		equal(text[cited.StartIndex:cited.EndIndex], "It leaves at eleven")
	})
	try("pictures: a picture is made, and named later", func() {
		asks := responses.ResponseNewParams{
			Model: "painter", Input: input("A small ferry, please"),
			Tools: []responses.ToolUnionParam{{OfImageGeneration: &responses.ToolImageGenerationParam{PartialImages: openai.Int(1)}}},
		}
		_, response := events(client.Responses.NewStreaming(ctx, asks), 0)
		picture := response.Output[0].AsImageGenerationCall()
		equal(strings.HasPrefix(string(must(base64.StdEncoding.DecodeString(picture.Result))), "\x89PNG"), true)
		asks.Input = inputItems(responses.ResponseInputItemParamOfItemReference(picture.ID), said("And another one"))
		equal(must(client.Responses.New(ctx, asks)).OutputText(), "Here it is.")
	})
	try("computer: a computer is worked on", func() {
		asks := responses.ResponseNewParams{
			Model: "operator", Input: input("Open it"),
			Tools: []responses.ToolUnionParam{{OfComputer: &responses.ComputerToolParam{}}},
		}
		_, asked := events(client.Responses.NewStreaming(ctx, asks), 0)
		call := asked.Output[0].AsComputerCall()
		equal(len(call.Actions), 9)
		equal(call.Actions[0].AsClick().X, 10)
		check := call.PendingSafetyChecks[0]
		equal(check.Code, "irrelevant_domain")
		seen := responses.ResponseInputItemParamOfComputerCallOutput(call.CallID, responses.ResponseComputerToolCallOutputScreenshotParam{
			ImageURL: openai.String("data:image/png;base64," + pixel),
		})
		seen.OfComputerCallOutput.AcknowledgedSafetyChecks = []responses.ResponseInputItemComputerCallOutputAcknowledgedSafetyCheckParam{
			{ID: check.ID, Code: openai.String(check.Code), Message: openai.String(check.Message)},
		}
		asks.Input, asks.PreviousResponseID = inputItems(seen), openai.String(asked.ID)
		equal(must(client.Responses.New(ctx, asks)).OutputText(), "It is open.")
	})
}

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
