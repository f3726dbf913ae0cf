import com.openai.client.OpenAIClient;
import com.openai.core.MultipartField;
import com.openai.core.http.Headers;
import com.openai.core.http.HttpResponse;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.models.containers.ContainerCreateParams;
import com.openai.models.containers.files.FileCreateParams;
import com.openai.models.containers.files.FileDeleteParams;
import com.openai.models.containers.files.FileListParams;
import com.openai.models.containers.files.content.ContentRetrieveParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCompactParams;
import com.openai.models.responses.ResponseCompactionItemParam;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseIncludable;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseOutputText;
import com.openai.models.responses.Tool;
import com.openai.models.vectorstores.VectorStoreCreateParams;
import com.openai.models.vectorstores.files.VectorStoreFile;
import com.openai.models.webhooks.WebhookVerificationParams;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

/** Tools of the server, compaction and webhooks, in responses. */
final class ResponseTools {
    private static final OpenAIClient client = Cases.client;
    private static final String FERRY = "The night ferry leaves at eleven.";

    private static MultipartField<InputStream> file(String name, String text) {
        return MultipartField.<InputStream>builder()
                .value(new ByteArrayInputStream(text.getBytes()))
                .filename(name)
                .build();
    }

    private static String upload(String name, String text) {
        return client.files().create(com.openai.models.files.FileCreateParams.builder()
                .file(file(name, text)).purpose(FilePurpose.USER_DATA).build()).id();
    }

    /** The one annotation of the message after a call. */
    private static ResponseOutputText.Annotation citation(Response response) {
        Cases.equal(response.output().size(), 2);
        var annotations = response.output().get(1).asMessage().content().get(0).asOutputText().annotations();
        Cases.equal(annotations.size(), 1);
        return annotations.get(0);
    }

    private static void programs() {
        Cases.attempt("code interpreter: a program reads a file, and writes one that is downloaded", () -> {
            var container = Tool.CodeInterpreter.Container.CodeInterpreterToolAuto.builder()
                    .addFileId(upload("said.txt", "hello")).build();
            Response response = Responses.gather(client.responses().createStreaming(Responses.ask("scribe", "Louder!")
                    .addCodeInterpreterTool(container)
                    .addInclude(ResponseIncludable.CODE_INTERPRETER_CALL_OUTPUTS)
                    .build()));
            var call = response.output().get(0).asCodeInterpreterCall();
            Cases.equal(call.outputs().get().get(0).asLogs().logs(), "hello\n");
            var cited = citation(response).asContainerFileCitation();
            Cases.equal(cited.filename(), "loud.md");
            Cases.equal(cited.containerId(), call.containerId());
            try (HttpResponse content = client.containers().files().content().retrieve(ContentRetrieveParams.builder()
                    .containerId(cited.containerId()).fileId(cited.fileId()).build())) {
                Cases.equal(new String(content.body().readAllBytes()), "HELLO");
            }
        });
        Cases.attempt("code interpreter: a container of one's own has files before and after", () -> {
            var containers = client.containers();
            String id = containers.create(ContainerCreateParams.builder().name("mine").build()).id();
            containers.files().create(FileCreateParams.builder().containerId(id).file(file("said.txt", "hello")).build());
            client.responses().create(Responses.ask("scribe", "Louder!").addCodeInterpreterTool(id).build());
            var files = containers.files().list(
                    FileListParams.builder().containerId(id).order(FileListParams.Order.ASC).build()).data();
            Cases.equal(files.get(0).source(), "user");
            Cases.equal(files.get(1).path(), "/mnt/data/loud.md");
            containers.files().delete(FileDeleteParams.builder().containerId(id).fileId(files.get(1).id()).build());
            containers.delete(id);
            try {
                containers.retrieve(id);
                throw new AssertionError("the container is still there");
            } catch (NotFoundException gone) {
                Cases.equal(gone.statusCode(), 404);
            }
        });
    }

    private static void others() {
        Cases.attempt("file search: a search is cited", () -> {
            String store = client.vectorStores().create(VectorStoreCreateParams.builder().name("harbour").build()).id();
            String file = upload("harbour.txt", FERRY);
            var files = client.vectorStores().files();
            files.create(store, com.openai.models.vectorstores.files.FileCreateParams.builder().fileId(file).build());
            var ready = com.openai.models.vectorstores.files.FileRetrieveParams.builder().vectorStoreId(store).fileId(file).build();
            while (!files.retrieve(ready).status().equals(VectorStoreFile.Status.COMPLETED)) Thread.sleep(20);
            Response response = Responses.gather(client.responses().createStreaming(
                    Responses.ask("librarian", "When does the ferry leave?")
                            .addFileSearchTool(List.of(store))
                            .addInclude(ResponseIncludable.FILE_SEARCH_CALL_RESULTS)
                            .build()));
            Cases.equal(response.output().get(0).asFileSearchCall().results().get().get(0).text().get(), FERRY);
            Cases.equal(citation(response).asFileCitation().fileId(), file);
        });
        Cases.attempt("MCP: a call waits for its approval", () -> {
            Tool.Mcp lab = Tool.Mcp.builder()
                    .serverLabel("lab")
                    .serverUrl(System.getenv("MCP_URL"))
                    .requireApproval(Tool.Mcp.RequireApproval.McpToolApprovalSetting.ALWAYS)
                    .build();
            Response asked = client.responses().create(Responses.ask("roller", "Roll!").addTool(lab).build());
            Cases.equal(asked.output().get(0).asMcpListTools().tools().get(0).name(), "roll");
            var approval = ResponseInputItem.ofMcpApprovalResponse(ResponseInputItem.McpApprovalResponse.builder()
                    .approvalRequestId(asked.output().get(1).asMcpApprovalRequest().id()).approve(true).build());
            Response told = Responses.gather(client.responses().createStreaming(ResponseCreateParams.builder()
                    .model("roller").inputOfResponse(List.of(approval)).previousResponseId(asked.id()).addTool(lab).build()));
            Cases.equal(told.output().get(0).asMcpCall().output().get(), "4");
            Cases.equal(Responses.text(told), "It is 4.");
        });
        Cases.attempt("compaction: what was said is compacted and goes on", () -> {
            String first = client.responses().create(Responses.ask("echo", "My name is Ada.").build()).id();
            var compacted = Cases.unvalidated.responses().compact(
                    ResponseCompactParams.builder().model("echo").previousResponseId(first).build());
            var last = compacted.output().get(compacted.output().size() - 1).asCompaction();
            var summary = ResponseCompactionItemParam.builder().encryptedContent(last.encryptedContent()).build();
            Response next = client.responses().create(ResponseCreateParams.builder().model("echo").inputOfResponse(List.of(
                    ResponseInputItem.ofCompaction(summary),
                    ResponseInputItem.ofEasyInputMessage(Responses.said("Who am I?")))).build());
            Cases.equal(Responses.text(next), "You said: Who am I?");
        });
        Cases.attempt("webhooks: a webhook is unwrapped", () -> {
            String id = client.responses().create(Responses.ask("echo", "Hello there").background(true).build()).id();
            var webhook = HttpClient.newHttpClient().send(
                    HttpRequest.newBuilder(URI.create(System.getenv("WEBHOOKS_URL") + "/" + id)).build(), BodyHandlers.ofString());
            var sent = WebhookVerificationParams.builder()
                    .headers(Headers.builder().putAll(webhook.headers().map()).build())
                    .secret(System.getenv("OPENAI_WEBHOOK_SECRET"));
            Cases.equal(client.webhooks().unwrap(sent.payload(webhook.body()).build()).asResponseCompleted().data().id(), id);
            try {
                client.webhooks().unwrap(sent.payload(webhook.body().replace("completed", "failed")).build());
            } catch (OpenAIException forged) {
                return;
            }
            throw new AssertionError("a forged webhook is taken");
        });
    }

    static void cases() {
        programs();
        others();
    }
}
