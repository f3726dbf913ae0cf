import com.openai.client.OpenAIClient;
import com.openai.models.responses.ComputerTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseComputerToolCallOutputScreenshot;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseImageGenCallPartialImageEvent;
import com.openai.models.responses.ResponseIncludable;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.Tool;
import com.openai.models.responses.WebSearchTool;
import java.util.Base64;
import java.util.List;

/** Tools that the provider of a model has. */
final class HostedTools {
    private static final OpenAIClient client = Cases.client;
    private static final String PIXEL =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    static void cases() {
        Cases.attempt("web search: the web is searched, and cited", () -> {
            Response response = Responses.gather(client.responses().createStreaming(
                    Responses.ask("reporter", "When does the ferry leave?")
                            .addTool(WebSearchTool.builder().type(WebSearchTool.Type.WEB_SEARCH).build())
                            .addInclude(ResponseIncludable.WEB_SEARCH_CALL_ACTION_SOURCES)
                            .build()));
            Cases.equal(client.responses().retrieve(response.id()).validate().output().size(), 4);
            String page = "https://example.com/harbour";
            var search = response.output().get(0).asWebSearchCall().action().asSearch();
            Cases.equal(search.queries().get(), List.of("night ferry"));
            Cases.equal(search.sources().get().get(0).url(), page);
            Cases.equal(response.output().get(1).asWebSearchCall().action().asOpenPage().url().get(), page);
            Cases.equal(response.output().get(2).asWebSearchCall().action().findInPage().get().pattern(), "eleven");
            var part = response.output().get(3).asMessage().content().get(0).asOutputText();
            var cited = part.annotations().get(0).asUrlCitation();
            Cases.equal(cited.url(), page);
            Cases.equal(part.text().substring((int) cited.startIndex(), (int) cited.endIndex()), "It leaves at eleven");
        });
        Cases.attempt("pictures: a picture is made, with a draft, and sent back", () -> {
            ResponseCreateParams asks = Responses.ask("painter", "A small ferry, please")
                    .addTool(Tool.ImageGeneration.builder().partialImages(1).build())
                    .build();
            List<String> drafts;
            try (var stream = client.responses().createStreaming(asks)) {
                drafts = stream.stream()
                        .flatMap(event -> event.validate().imageGenerationCallPartialImage().stream())
                        .map(ResponseImageGenCallPartialImageEvent::partialImageB64)
                        .toList();
            }
            Cases.equal(drafts, List.of(PIXEL));
            Response response = Responses.gather(client.responses().createStreaming(asks));
            var picture = response.output().get(0).asImageGenerationCall();
            Cases.equal(new String(Base64.getDecoder().decode(picture.result().get()), 1, 3), "PNG");
            var again = ResponseInputItem.ofImageGenerationCall(ResponseInputItem.ImageGenerationCall.builder()
                    .id(picture.id())
                    .result(picture.result())
                    .status(ResponseInputItem.ImageGenerationCall.Status.COMPLETED)
                    .build());
            var next = ResponseInputItem.ofEasyInputMessage(Responses.said("And now?"));
            Cases.equal(Responses.text(client.responses().create(
                    ResponseCreateParams.builder().model("echo").inputOfResponse(List.of(again, next)).build())), "You said: And now?");
        });
        Cases.attempt("computer: a computer is worked on", () -> {
            ComputerTool tool = ComputerTool.builder().build();
            Response asked = Responses.gather(
                    client.responses().createStreaming(Responses.ask("operator", "Open it").addTool(tool).build()));
            var call = asked.output().get(0).asComputerCall();
            Cases.equal(call.actions().get().size(), 9);
            Cases.equal(call.actions().get().get(0).asClick().x(), 10L);
            var check = call.pendingSafetyChecks().get(0);
            Cases.equal(check.code().get(), "irrelevant_domain");
            var seen = ResponseInputItem.ofComputerCallOutput(ResponseInputItem.ComputerCallOutput.builder()
                    .callId(call.callId())
                    .output(ResponseComputerToolCallOutputScreenshot.builder().imageUrl("data:image/png;base64," + PIXEL).build())
                    .addAcknowledgedSafetyCheck(ResponseInputItem.ComputerCallOutput.AcknowledgedSafetyCheck.builder()
                            .id(check.id()).code(check.code()).message(check.message()).build())
                    .build());
            Response told = client.responses().create(ResponseCreateParams.builder()
                    .model("operator").inputOfResponse(List.of(seen)).previousResponseId(asked.id()).addTool(tool).build());
            Cases.equal(Responses.text(told), "It is open.");
        });
    }
}
